internal import Files

/// Identifies a database's file, so that its removal or replacement is noticed.
///
/// Create it before the database is opened. If the file is replaced in between, the check fails, which is safe; in the other
/// order, the new file would pass for the one that was opened.
struct OpenedFile: Sendable {
    let path: FilePath
    private let status: FileStatus

    init(at path: FilePath) throws(FileError) {
        self.path = path
        status = try FileStatus(of: path)
    }

    /// Creates an empty file if there is none: SQLite would give it mode 0644 at most, even if the user's umask allows more. The
    /// files that SQLite creates next to it get its mode.
    init(makingIfMissing path: FilePath) throws(FileError) {
        self.path = path
        if let present = try FileStatus.ifPresent(at: path) {
            status = present
        } else {
            _ = try File(path, .appending)
            status = try FileStatus(of: path)
        }
    }

    /// True if a status is that of this file, whatever its content.
    func hasStatus(_ other: FileStatus) -> Bool {
        other.inode == status.inode && other.device == status.device
    }

    /// False if the file was removed or replaced, so that writes would go to a file without a name.
    func isInPlace() throws(FileError) -> Bool {
        guard let now = try FileStatus.ifPresent(at: path) else { return false }
        return hasStatus(now)
    }
}
