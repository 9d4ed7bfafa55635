internal import Clocks
internal import Files
internal import Processes
internal import Texts

/// Transfers many objects at once with the program `curl`. Its options are in a file that only this user can read, so that no
/// secret appears in its arguments.
struct WebTransfers: Sendable {
    enum Action: Sendable {
        case get(Range<Int>?)
        case put([UInt8])
        case head
        case delete
    }

    struct Request: Sendable {
        let name: String
        let action: Action
        /// The largest response to accept, in bytes.
        let limit: Int

        /// How many bytes are likely to travel.
        var expectedBytes: Int {
            switch action {
            case .get(let range): range?.count ?? 0
            case .put(let bytes): bytes.count
            case .head, .delete: 0
            }
        }
    }

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]

        /// The last `Content-Length` in a response that has only headers.
        var contentLength: Int? {
            let lines = String(decoding: body, as: UTF8.self).lowercased().utf8.split(separator: 0x0A)
            let name = "content-length:"
            let line = lines.last { $0.starts(with: name.utf8) }
            guard let line else { return nil }
            let digits = line.dropFirst(name.utf8.count).filter { $0 != 0x20 && $0 != 0x0D }
            return Int(String(decoding: digits, as: UTF8.self))
        }
    }

    let address: RemoteAddress
    let environment: [String: String]
    let temporaryFolder: FilePath
    let activity: RemoteActivity
    /// How long connecting may take, in seconds; a transfer may be slower than 1 kB/s for twice as long.
    let patience: Int

    /// How much more than the requested range a server without range support may send.
    static let restOfPack = 32 << 20
    /// How long a transfer may take, in seconds, plus one second for each `slowest` bytes.
    private var longest: Int { 6 * patience }
    private static let slowest = 20_000
    private static let atOnce = 16
    /// Each additional request in a batch may take one more second.
    private static let requestsInSecond = 4

    func perform(_ requests: [Request]) -> [Result<Answer, RemoteError>] {
        do throws(RemoteError) {
            return try transfer(requests)
        } catch {
            return requests.map { _ in .failure(error) }
        }
    }

    private func transfer(_ requests: [Request]) throws(RemoteError) -> [Result<Answer, RemoteError>] {
        guard let program else {
            throw RemoteError(
                .unsupported, "the program 'curl' is needed for \(address.text), and is not on the PATH")
        }
        let folder: FilePath
        do {
            folder = try FileSystem.makeTemporaryDirectory(in: temporaryFolder, prefix: "sluice-web-")
        } catch {
            throw local(error)
        }
        defer { try? FileSystem.removeTree(folder) }
        do {
            for (index, request) in requests.enumerated() {
                guard case .put(let bytes) = request.action else { continue }
                try FileContents.write(bytes, to: folder.appending("\(index).in"))
            }
            let configuration = configuration(requests, folder)
            try File(folder.appending("config"), .creating, permissions: 0o600).write(
                Array(configuration.utf8))
            try run(program, folder, limit: maximumBytes(of: requests), seconds: longest(of: requests))
            let outcomes = outcomes(
                try FileContents.readText(folder.appending("log"), limit: 16 << 20), count: requests.count)
            return requests.indices.map {
                answer(outcomes[$0], of: requests[$0], folder.appending("\($0).out"))
            }
        } catch let error as RemoteError {
            throw error
        } catch {
            throw local(error)
        }
    }

    private func local(_ error: any Error) -> RemoteError {
        RemoteError(.invalid, "the transfers with \(address.text) cannot be set up: \(error)")
    }

    private var program: String? {
        ProgramSearch.find("curl", in: ProgramSearch.path(in: environment))
    }

    // MARK: The configuration

    private func configuration(_ requests: [Request], _ folder: FilePath) -> String {
        var text = "parallel\nparallel-max = \(Self.atOnce)\nfail-early\nno-progress-meter\n"
        for (index, request) in requests.enumerated() {
            if index > 0 { text += "next\n" }
            text += entry(request, index, folder)
        }
        return text
    }

    private func entry(_ request: Request, _ index: Int, _ folder: FilePath) -> String {
        let onlyTLS = address.scheme == .https
        var lines = [
            "url = " + Self.quoted(address.text + "/" + request.name),
            "output = " + Self.quoted(folder.appending("\(index).out").text),
            "write-out = \"\(index) %{exitcode} %{http_code} %{errormsg}\\n\"",
            "location", "max-redirs = 5", "globoff", "netrc-optional",
            "proto = \"=http,https\"", "proto-redir = \"\(onlyTLS ? "=https" : "=http,https")\"",
            "connect-timeout = \(patience)", "speed-limit = 1000", "speed-time = \(2 * patience)",
            "user-agent = \"sluice\"", "header = \"Expect:\"", "silent", "show-error",
        ]
        if let token = environment["SLUICE_REMOTE_TOKEN"], !token.isEmpty {
            lines.append("header = " + Self.quoted("Authorization: Bearer " + token))
        }
        var limit = request.limit
        switch request.action {
        case .get(let range):
            if let range {
                lines.append("range = \"\(range.lowerBound)-\(range.upperBound - 1)\"")
                limit = range.upperBound + Self.restOfPack
            }
        case .put:
            lines.append("upload-file = " + Self.quoted(folder.appending("\(index).in").text))
        case .head:
            // The limit on the size applies only to what is sent.
            lines.append("head")
            limit = 0
        case .delete: lines.append("request = \"DELETE\"")
        }
        if limit > 0 { lines.append("max-filesize = \(limit)") }
        lines.append("max-time = \(longest + request.expectedBytes / Self.slowest)")
        return lines.joined(separator: "\n") + "\n"
    }

    /// How long a batch of requests may take, in seconds.
    private func longest(of requests: [Request]) -> Int {
        let bytes = requests.reduce(0) { $0 + $1.expectedBytes }
        return longest + bytes / Self.slowest + requests.count / Self.requestsInSecond
    }

    /// A value in a configuration: in quotes, and on one line.
    private static func quoted(_ text: String) -> String {
        var result: [UInt8] = [0x22]
        for byte in text.utf8 where byte >= 0x20 {
            if byte == 0x22 || byte == 0x5C { result.append(0x5C) }
            result.append(byte)
        }
        return String(decoding: result + [0x22], as: UTF8.self)
    }

    private func maximumBytes(of requests: [Request]) -> Int {
        requests.reduce(0) { sum, request in
            guard case .get(let range?) = request.action else { return sum + request.limit }
            return sum + range.upperBound + Self.restOfPack
        }
    }

    // MARK: The process

    private func run(_ program: String, _ folder: FilePath, limit: Int, seconds: Int) throws {
        let deadline = MonotonicClock.seconds() + Double(seconds)
        let log = try File(folder.appending("log"), .creating)
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: program,
                // First, so that the user's own settings for curl are ignored.
                arguments: ["--disable", "--config", folder.appending("config").text],
                environment: environment.filter { $0.key != "SLUICE_REMOTE_TOKEN" }, output: log.descriptor))
        while Poller.readable([child.descriptor], milliseconds: 200).isEmpty {
            activity.note()
            // A server may send more than it has announced, or everything slowly.
            if received(in: folder) > limit || MonotonicClock.seconds() > deadline { child.kill() }
        }
        _ = child.reap()
    }

    private func received(in folder: FilePath) -> Int {
        let names = ((try? FileSystem.names(in: folder)) ?? []).filter { $0.endsWith(".out") }
        return names.reduce(0) { $0 + ((try? FileStatus(of: folder.appending($1)).size) ?? 0) }
    }

    private struct Outcome {
        let exit: Int
        let status: Int
        let message: String
    }

    /// What the log says about each transfer; nil if it did not start or did not finish.
    private func outcomes(_ log: String, count: Int) -> [Outcome?] {
        var outcomes = [Outcome?](repeating: nil, count: count)
        for line in log.utf8.split(separator: 0x0A) {
            let words = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count >= 3, let index = Int(String(decoding: words[0], as: UTF8.self)),
                let exit = Int(String(decoding: words[1], as: UTF8.self)),
                let status = Int(String(decoding: words[2], as: UTF8.self)), outcomes.indices.contains(index)
            else { continue }
            outcomes[index] = Outcome(
                exit: exit, status: status,
                message: words.count > 3 ? String(decoding: words[3], as: UTF8.self) : "")
        }
        return outcomes
    }

    private func answer(
        _ outcome: Outcome?, of request: Request, _ path: FilePath
    ) -> Result<Answer, RemoteError> {
        guard let outcome else {
            return .failure(
                RemoteError(.unreachable, "\(address.text): \(request.name): the connection was given up"))
        }
        guard outcome.exit == 0 else {
            // 63: more bytes than allowed.
            let code: RemoteError.Code = outcome.exit == 63 ? .damaged : .unreachable
            return .failure(RemoteError(code, "\(address.text): \(request.name): \(outcome.message)"))
        }
        do {
            let body = FileSystem.exists(path) ? try FileContents.read(path) : []
            return .success(Answer(status: outcome.status, body: body))
        } catch {
            return .failure(local(error))
        }
    }
}
