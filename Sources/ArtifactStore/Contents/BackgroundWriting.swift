internal import Dispatch
internal import Files
internal import Synchronization

/// Writes a file's chunks to the database while the file is still being hashed, so that publishing takes only as long
/// as the slower of the two.
final class BackgroundWriting: Sendable {
    private let result = Mutex<Result<WrittenChunks, any Error>?>(nil)
    private let isCancelled = Atomic(false)
    private let work = DispatchGroup()
    private let file: File

    /// Begins as soon as the store has finished its earlier writes.
    init(_ file: consuming File, parts: StoreParts) {
        self.file = file
        parts.writing.async(group: work) {
            let written = Result {
                try parts.writer.writeChunks(of: self.file) { self.isCancelled.load(ordering: .relaxed) }
            }
            self.result.withLock { $0 = written }
        }
    }

    /// The chunks, once they are in the database.
    func finish() throws -> WrittenChunks {
        work.wait()
        guard let result = result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }

    /// Drops what is not yet in the database.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}

/// The chunks of a file that was written.
struct WrittenChunks: Sendable {
    /// Their numbers in the database, in order.
    let ids: [Int]
    /// The file's status when its last byte had been read.
    let status: FileStatus
}
