internal import Dispatch
internal import Files
internal import Synchronization

/// A file's chunks on their way into the database while the file is still being hashed, so that publishing takes as long
/// as the longer of the two.
final class BackgroundWriting: Sendable {
    private let result = Mutex<Result<WrittenChunks, any Error>?>(nil)
    private let isCancelled = Atomic(false)
    private let work = DispatchGroup()
    private let file: File

    /// Begins as soon as the store has written what was given to it before.
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

    /// Lets go of what is not yet in the database.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}

/// What has become of a file's chunks.
struct WrittenChunks: Sendable {
    /// Their numbers in the database, in order.
    let ids: [Int]
    /// The file as it was when its last byte had been read.
    let status: FileStatus
}
