internal import Digests
internal import Files
internal import SQLite

/// An error of the store.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The kind of error, which determines the exit code.
    public enum Code: Sendable, Hashable {
        /// The file is not a store, or its pages or chunks contradict each other.
        case damaged
        /// Another process held a lock for too long.
        case locked
        /// Writing is not allowed.
        case readOnly
        /// No space is left.
        case full
        /// A later version of Sluice wrote the store.
        case newerSchema
        /// Something requested does not exist.
        case missing
        /// The input cannot be stored.
        case invalid
        /// The system refused an operation.
        case failed
    }

    /// The kind of error.
    public let code: Code
    /// What is wrong, where, and how to fix it.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// Captured content no longer matches its digest, and the database does not have it yet.
    static func writtenTo(_ digest: Digest) -> StoreError {
        StoreError(
            .invalid,
            "the artifact \(digest.abbreviated) was changed or removed before it was stored. "
                + "Stages must not change their inputs; run again.")
    }

    /// The store's file was removed or replaced.
    static func removed(_ path: FilePath) -> StoreError {
        StoreError(
            .failed,
            "the store \(path) was removed or replaced while it was in use, so new results could not be saved. "
                + "Run again.")
    }

    /// The store's error for an error from a lower layer, thrown while working on `path`.
    init(_ error: any Error, store path: FilePath) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error, store: path)
        case let error as FileError where error.isFull:
            self.init(
                .full, "no space left on the disk: \(error). Free some space and run again; nothing is lost.")
        case let error as FileError where error.isDenied: self.init(.readOnly, "\(error)")
        case let error as FileError where error.isMissing: self.init(.missing, "\(error)")
        default: self.init(.failed, "\(error)")
        }
    }

    private init(_ error: DatabaseError, store path: FilePath) {
        let mayBeRemoved =
            error.isUnexpectedContent || error.isReadOnly || error.isInputOutput || error.isUnopenable
        if error.isMoved || mayBeRemoved && Self.isGone(path) {
            self = .removed(path)
        } else if error.isDamaged || error.isUnexpectedContent {
            self.init(
                .damaged,
                "the store \(path) is damaged: \(error.message). Move it away to start over, or run "
                    + "`sluice cache verify` to see what is lost.")
        } else if error.isUnopenable, FileSystem.exists(path), !FileSystem.isReadable(path) {
            self.init(
                .readOnly,
                "cannot read the store \(path): permission denied. Its owner can share it "
                    + "(`sluice init --shared GROUP`); SLUICE_STORE names another store.")
        } else if error.isFull
            || (error.isInputOutput || error.isUnopenable)
                && (try? FileSystem.isFull(at: path.parent)) ?? false
        {
            self.init(
                .full,
                "no space left on the disk for the store \(path). Free some space and run again; nothing is lost."
            )
        } else if error.isReadOnly || error.isUnopenable {
            self.init(
                .readOnly,
                "cannot write to the store \(path): \(error.message). Make its file and folder writable, "
                    + "or set SLUICE_STORE to another store.")
        } else if error.isBusy {
            self.init(
                .locked,
                "another process has kept the store \(path) locked for too long. Try again when it has finished."
            )
        } else {
            self.init(.failed, "the store \(path): \(error)")
        }
    }

    /// Whether nothing is left at a path.
    private static func isGone(_ path: FilePath) -> Bool {
        do {
            _ = try FileStatus(of: path)
            return false
        } catch {
            return error.isMissing
        }
    }
}
