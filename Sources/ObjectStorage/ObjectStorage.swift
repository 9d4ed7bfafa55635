internal import CObjectStorage
internal import Synchronization

/// The objects in buckets of S3 and compatible servers, through Apache Arrow. Paths begin with the bucket.
///
/// Safe to use from any thread. Credentials come from the same sources as for AWS's tools: environment variables, files, or
/// the machine.
package final class ObjectStorage: Sendable {
    private let library: StorageLibrary
    // Owned, and closed in deinit; the library's functions may be called from any thread.
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// An object in a listing.
    package struct Entry: Sendable {
        package let path: String
        package let size: Int
        /// In seconds since 1970.
        package let modified: Double
    }

    /// - Parameters:
    ///   - endpoint: host and port; empty for Amazon's own.
    ///   - isEncrypted: false for plain HTTP.
    ///   - region: empty for the default.
    ///   - isAnonymous: true to use no credentials.
    package init(
        endpoint: String, isEncrypted: Bool, region: String, isAnonymous: Bool
    ) throws(ObjectStorageError) {
        library = try StorageLibrary.shared.get()
        var opened: UnsafeMutableRawPointer?
        var error = sluice_storage_error()
        let functions = library.functions
        // The texts live until the call returns, and are not used afterwards.
        let code = endpoint.withCString { endpoint in
            (isEncrypted ? "https" : "http").withCString { scheme in
                region.withCString { region in
                    var place = sluice_storage_place(
                        endpoint: endpoint, scheme: scheme, region: region, anonymous: isAnonymous ? 1 : 0)
                    return functions.pointee.open(&place, &opened, &error)
                }
            }
        }
        guard code == 0, let opened else { throw Self.failure(error, library) }
        handle = opened
    }

    deinit { library.functions.pointee.close(handle) }

    private static func failure(
        _ error: sluice_storage_error, _ library: StorageLibrary
    ) -> ObjectStorageError {
        defer { if let text = error.text { library.functions.pointee.free(text) } }
        return ObjectStorageError(
            isDenied: error.code == SLUICE_STORAGE_DENIED,
            message: error.text.map { String(cString: $0) } ?? "out of memory")
    }

    /// The bytes of an object, or of a range of it; nil if there is no such object.
    ///
    /// - Parameter limit: the maximum number of bytes.
    package func read(
        _ path: String, _ range: Range<Int>?, limit: Int
    ) throws(ObjectStorageError) -> [UInt8]? {
        var bytes: UnsafeMutablePointer<UInt8>?
        var size: Int64 = 0
        var error = sluice_storage_error()
        let code = library.functions.pointee.read(
            handle, path, Int64(range?.lowerBound ?? 0), range.map { Int64($0.count) } ?? -1, Int64(limit),
            &bytes,
            &size, &error)
        guard code == 0 else { throw Self.failure(error, library) }
        guard let bytes else { return nil }
        // The library has filled `count` bytes, which are copied.
        defer { library.functions.pointee.free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
    }

    /// Writes an object, which is visible once this returns.
    package func write(_ bytes: [UInt8], to path: String) throws(ObjectStorageError) {
        var error = sluice_storage_error()
        let code = library.functions.pointee.write(handle, path, bytes, Int64(bytes.count), &error)
        guard code == 0 else { throw Self.failure(error, library) }
    }

    /// The size of an object; nil if there is no such object.
    package func size(of path: String) throws(ObjectStorageError) -> Int? {
        var size: Int64 = -1
        var error = sluice_storage_error()
        let code = library.functions.pointee.size(handle, path, &size, &error)
        guard code == 0 else { throw Self.failure(error, library) }
        return size < 0 ? nil : Int(size)
    }

    /// All objects in a folder and its subfolders.
    package func list(_ folder: String) throws(ObjectStorageError) -> [Entry] {
        let found = Listing()
        var error = sluice_storage_error()
        let code = withExtendedLifetime(found) {
            // The listing lives until the call returns, after which the library does not use it.
            library.functions.pointee.list(
                handle, folder,
                { context, path, size, modified in
                    guard let context, let path else { return }
                    Unmanaged<Listing>.fromOpaque(context).takeUnretainedValue().add(
                        Entry(
                            path: String(cString: path), size: Int(size), modified: Double(modified) / 1e9))
                }, Unmanaged.passUnretained(found).toOpaque(), &error)
        }
        guard code == 0 else { throw Self.failure(error, library) }
        return found.all
    }

    /// Removes an object; it is not an error if it does not exist.
    package func remove(_ path: String) throws(ObjectStorageError) {
        var error = sluice_storage_error()
        guard library.functions.pointee.remove(handle, path, &error) == 0 else {
            throw Self.failure(error, library)
        }
    }

    private final class Listing: Sendable {
        private let entries = Mutex<[Entry]>([])
        var all: [Entry] { entries.withLock { $0 } }
        func add(_ entry: Entry) { entries.withLock { $0.append(entry) } }
    }
}

/// An error of the object storage.
package struct ObjectStorageError: Error, Sendable, CustomStringConvertible {
    /// True if the credentials do not allow it.
    package let isDenied: Bool
    package let message: String
    package var description: String { message }
}
