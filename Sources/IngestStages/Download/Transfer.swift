import Digests
import Files
import Processes
import StageKit

/// One download with `curl`, which resumes a partial file.
struct Transfer {
    let address: DownloadAddress
    /// The file, possibly incomplete.
    let part: FilePath
    let maximumBytes: Int
    let context: StageContext

    /// curl's exit status if a server cannot send the rest of a file, and if there is no rest.
    private static let cannotResume: Set<Int32> = [33, 36, 22]

    /// curl's exit status if there is no way to the server.
    private static let isUnreachable: Set<Int32> = [6, 7]

    /// The digest of the file so far; nil if there is none.
    func digest() throws -> Digest? {
        guard FileSystem.exists(part) else { return nil }
        var hasher = SHA256()
        try FileContents.forEachPiece(of: part) { hasher.update($0) }
        return hasher.finalize()
    }

    /// Downloads the missing bytes.
    func run() throws {
        let before = size
        let ending = try transfer(continues: before > 0)
        guard ending != 0 else { return }
        guard before > 0, Self.cannotResume.contains(ending) else { throw failure(ending) }
        try FileSystem.removeTree(part)
        let again = try transfer(continues: false)
        guard again == 0 else { throw failure(again) }
    }

    private var size: Int { (try? FileStatus(of: part).size) ?? 0 }
    private var messages: FilePath { context.scratch.appending("curl.log") }

    /// Runs curl to its end and returns its exit status.
    private func transfer(continues: Bool) throws -> Int32 {
        guard let program = Self.program else {
            throw StageFailure("downloads need the program 'curl', which is not on the PATH; install it")
        }
        try FileSystem.removeTree(messages)
        let log = try File(messages, .creating)
        var arguments = [
            // Must come first: ignores the user's configuration file.
            "--disable", "--silent", "--show-error", "--fail", "--location", "--max-redirs", "20",
            "--globoff",
            "--proto", "=https,http,file", "--proto-redir", "=https,http", "--connect-timeout", "30",
            "--speed-limit", "1", "--speed-time", "60", "--retry", "4", "--retry-connrefused",
            "--max-filesize", String(maximumBytes), "--output", part.text,
        ]
        if continues { arguments += ["--continue-at", "-"] }
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: program, arguments: arguments + ["--url", address.text],
                environment: Environment.all, output: log.descriptor))
        while Poller.readable([child.descriptor], milliseconds: 500).isEmpty {
            let size = size
            context.progress(size, of: nil, "bytes")
            if size > maximumBytes { child.kill() }
        }
        let ending = child.reap()
        guard size <= maximumBytes else {
            try FileSystem.removeTree(part)
            throw StageFailure("\(address.text) has more than \(maximumBytes) bytes (maximumBytes)")
        }
        guard let status = ending.status else {
            throw StageFailure("curl was killed by signal \(ending.signal ?? 0)")
        }
        return status
    }

    private func failure(_ status: Int32) -> StageFailure {
        let text = (try? FileContents.readText(messages, limit: 1 << 16)) ?? ""
        let line = text.utf8.split(separator: UInt8(ascii: "\n")).last.flatMap { String($0) }
        return StageFailure(
            "\(address.text) could not be downloaded: \(line ?? "curl exited with status \(status)")"
                + (Self.isUnreachable.contains(status)
                    ? " (only a stage with `network: true` may use the network)" : "")
                + "; the part received so far is kept, and the next attempt resumes it")
    }

    private static var program: String? {
        ProgramSearch.find("curl", in: ProgramSearch.path(in: Environment.all))
    }
}

/// The stage's environment, which includes proxies and certificates.
private enum Environment {
    static let all: [String: String] = {
        var result: [String: String] = [:]
        for entry in ((try? FileContents.read("/proc/self/environ")) ?? []).split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            result[String(decoding: entry[..<equals], as: UTF8.self)] = String(
                decoding: entry[entry.index(after: equals)...], as: UTF8.self)
        }
        return result
    }()
}
