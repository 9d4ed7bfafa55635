internal import Files

/// Identifies the file of a database, to notice if it is removed or replaced.
///
/// Make it before the database is opened. If the file is replaced in between, the check fails, which is safe; the other way round,
/// the new file would be taken for the one that was opened.
struct OpenedFile: Sendable {
    let path: FilePath
    private let status: FileStatus

    init(at path: FilePath) throws(FileError) {
        self.path = path
        status = try FileStatus(of: path)
    }

    /// Creates an empty file if there is none: SQLite would give it mode 0644 at most, whatever the user's umask allows. The files
    /// that SQLite creates beside it get its mode.
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

    /// False if another file, or none, is at the path now: what is written goes into a file without a name.
    func isInPlace() throws(FileError) -> Bool {
        guard let now = try FileStatus.ifPresent(at: path) else { return false }
        return hasStatus(now)
    }
}
