package import Files
internal import Synchronization

/// A shared cache behind a web server, read with GET and written with PUT, using `curl`.
package final class WebStorage: RemoteStorage {
    package let address: String
    package let activity = RemoteActivity()
    private let transfers: WebTransfers
    /// True once the server has answered a range request with the whole object.
    private let ignoresRanges = Atomic(false)

    /// How many objects one process transfers.
    private static let batch = 256

    /// - Parameters:
    ///   - environment: the environment of `curl`, with proxies and the home directory that has `.netrc`; `SLUICE_REMOTE_TOKEN`
    ///     is sent as a bearer token.
    ///   - temporaryFolder: a folder for data in transit.
    ///   - patience: how long the server may take to accept a connection, in seconds.
    package init(
        _ address: RemoteAddress, environment: [String: String], temporaryFolder: FilePath,
        patience: Double = 10
    ) {
        self.address = address.text
        transfers = WebTransfers(
            address: address, environment: environment, temporaryFolder: temporaryFolder, activity: activity,
            patience: max(1, Int(patience)))
    }

    private func perform(_ requests: [WebTransfers.Request]) -> [Result<WebTransfers.Answer, RemoteError>] {
        var answers: [Result<WebTransfers.Answer, RemoteError>] = []
        for start in stride(from: 0, to: requests.count, by: Self.batch) {
            let batch = Array(requests[start..<min(start + Self.batch, requests.count)])
            answers += activity.during { transfers.perform(batch) }
        }
        return answers
    }

    package func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>] {
        if ignoresRanges.load(ordering: .relaxed) { return readWhole(requests) }
        let answers = perform(
            requests.map { request in
                WebTransfers.Request(
                    name: request.name, action: .get(request.range), limit: request.limit)
            })
        return zip(requests, answers).map { request, answer in answer.flatMap { content(of: $0, request) } }
    }

    private func content(
        of answer: WebTransfers.Answer, _ request: RemoteRead
    ) -> Result<[UInt8]?, RemoteError> {
        switch answer.status {
        case 404, 410: return .success(nil)
        case 206:
            guard let range = request.range, answer.body.count == range.count else {
                return .failure(damaged(request, "the server has sent a different range"))
            }
            return .success(answer.body)
        case 200:
            guard let range = request.range else {
                guard answer.body.count <= request.limit else {
                    return .failure(damaged(request, "it has more than \(request.limit) bytes"))
                }
                return .success(answer.body)
            }
            ignoresRanges.store(true, ordering: .relaxed)
            guard range.upperBound <= answer.body.count else {
                return .failure(damaged(request, "it is truncated after \(answer.body.count) bytes"))
            }
            return .success(Array(answer.body[range]))
        case 416: return .failure(damaged(request, "it is shorter than it should be"))
        default: return .failure(failure(answer, "read", request.name))
        }
    }

    /// Reads from a server that does not support ranges: each object once, no matter how many ranges of it are needed.
    private func readWhole(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>] {
        var names: [String] = []
        var limits: [String: Int] = [:]
        for request in requests {
            let limit = request.range.map { $0.upperBound + WebTransfers.restOfPack } ?? request.limit
            if limits[request.name] == nil { names.append(request.name) }
            limits[request.name] = max(limit, limits[request.name] ?? 0)
        }
        let answers = perform(
            names.map { WebTransfers.Request(name: $0, action: .get(nil), limit: limits[$0] ?? 0) })
        let whole = Dictionary(zip(names, answers)) { first, _ in first }
        return requests.map { request in
            guard let answer = whole[request.name] else { return .success(nil) }
            return answer.flatMap { content(of: $0, request) }
        }
    }

    package func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>] {
        let answers = perform(
            objects.map { WebTransfers.Request(name: $0.name, action: .put($0.bytes), limit: 1 << 20) })
        return zip(objects, answers).map { object, answer in
            answer.flatMap { answer in
                (200..<300).contains(answer.status)
                    ? .success(()) : .failure(failure(answer, "written", object.name))
            }
        }
    }

    package func sizes(of names: [String]) -> [Result<Int?, RemoteError>] {
        let answers = perform(
            names.map { WebTransfers.Request(name: $0, action: .head, limit: 1 << 20) })
        return zip(names, answers).map { name, answer in
            answer.flatMap { answer in
                switch answer.status {
                case 404, 410: .success(nil)
                case 200..<300: .success(answer.contentLength ?? 0)
                default: .failure(failure(answer, "looked for", name))
                }
            }
        }
    }

    /// HTTP has no locking that all servers support, so what was written is read again.
    package func update(
        _ names: [String], limit: Int, _ transform: @Sendable (_ index: Int, _ bytes: [UInt8]?) -> [UInt8]?
    ) -> [Result<Void, RemoteError>] {
        OptimisticUpdate.perform(names, limit: limit, in: self, transform)
    }

    package func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws {
        throw RemoteError(
            .unsupported,
            "\(address): a web server cannot list its files; use the folder or bucket behind it, such as "
                + "file:///srv/cache")
    }

    package func remove(_ names: [String]) -> [Result<Void, RemoteError>] {
        let answers = perform(
            names.map { WebTransfers.Request(name: $0, action: .delete, limit: 1 << 20) })
        return zip(names, answers).map { name, answer in
            answer.flatMap { answer in
                (200..<300).contains(answer.status) || answer.status == 404
                    ? .success(()) : .failure(failure(answer, "removed", name))
            }
        }
    }

    private func damaged(_ request: RemoteRead, _ reason: String) -> RemoteError {
        RemoteError(.damaged, "\(address): \(request.name): \(reason)")
    }

    private func failure(_ answer: WebTransfers.Answer, _ verb: String, _ name: String) -> RemoteError {
        switch answer.status {
        case 401, 403, 407:
            RemoteError(
                .denied,
                "\(address): \(name) could not be \(verb): the server answers \(answer.status); put a name and password "
                    + "into ~/.netrc, or a token into SLUICE_REMOTE_TOKEN")
        case 405, 409, 501:
            RemoteError(
                .denied,
                "\(address): \(name) could not be \(verb): the server answers \(answer.status); it has to allow PUT, and to make "
                    + "folders")
        default:
            RemoteError(
                .unreachable, "\(address): \(name) could not be \(verb): the server answers \(answer.status)")
        }
    }
}
