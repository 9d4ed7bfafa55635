internal import ObjectStorage
internal import Parallelism
internal import Texts

/// A shared cache in a bucket of S3, or of a server with the same protocol.
package final class BucketStorage: RemoteStorage {
    package let address: String
    package let activity = RemoteActivity()
    private let objects: ObjectStorage
    /// The bucket and the prefix.
    private let root: String

    /// How many requests are made at a time.
    private static let threads = 16

    /// A cache in a bucket, which must exist.
    package init(_ address: RemoteAddress) throws(RemoteError) {
        self.address = address.text
        root = address.place
        let endpoint = address.options["endpoint"] ?? ""
        let isPlain = endpoint.beginsWith("http://")
        let host = endpoint.utf8.dropFirst(isPlain ? 7 : endpoint.beginsWith("https://") ? 8 : 0)
        do {
            objects = try ObjectStorage(
                endpoint: String(decoding: host, as: UTF8.self), isEncrypted: !isPlain,
                region: address.options["region"] ?? "", isAnonymous: address.options["anonymous"] == "true")
        } catch {
            throw RemoteError(.unreachable, "\(address.text): \(error)")
        }
    }

    private func path(_ name: String) -> String { root + "/" + name }

    package func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>] {
        attempts(requests) { request throws(ObjectStorageError) in
            try self.objects.read(self.path(request.name), request.range, limit: request.limit)
        }
    }

    package func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>] {
        attempts(objects) { object throws(ObjectStorageError) in
            try self.objects.write(object.bytes, to: self.path(object.name))
        }
    }

    package func sizes(of names: [String]) -> [Result<Int?, RemoteError>] {
        attempts(names) { name throws(ObjectStorageError) in try self.objects.size(of: self.path(name)) }
    }

    package func update(
        _ names: [String], limit: Int, _ transform: @Sendable (_ index: Int, _ bytes: [UInt8]?) -> [UInt8]?
    ) -> [Result<Void, RemoteError>] {
        OptimisticUpdate.perform(names, limit: limit, in: self, transform)
    }

    package func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws {
        let entries: [ObjectStorage.Entry]
        do {
            entries = try activity.during { try objects.list(path(folder)) }
        } catch let error as ObjectStorageError {
            throw failure(error)
        }
        let start = root + "/"
        for entry in entries where entry.path.beginsWith(start) {
            let name = String(decoding: entry.path.utf8.dropFirst(start.utf8.count), as: UTF8.self)
            try body(RemoteEntry(name: name, size: entry.size, modified: entry.modified))
        }
    }

    package func remove(_ names: [String]) -> [Result<Void, RemoteError>] {
        attempts(names) { name throws(ObjectStorageError) in try self.objects.remove(self.path(name)) }
    }

    private func attempts<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ body: @Sendable (Item) throws(ObjectStorageError) -> Value
    ) -> [Result<Value, RemoteError>] {
        activity.during {
            Parallel.values(count: items.count, threads: Self.threads) { index in
                defer { self.activity.note() }
                do throws(ObjectStorageError) {
                    return .success(try body(items[index]))
                } catch {
                    return .failure(self.failure(error))
                }
            }
        }
    }

    private func failure(_ error: ObjectStorageError) -> RemoteError {
        let code: RemoteError.Code =
            error.isDenied
            ? .denied
            : error.message.contains(text: "more than") || error.message.contains(text: "cut off")
                ? .damaged : .unreachable
        return RemoteError(code, "\(address): \(error)")
    }
}
