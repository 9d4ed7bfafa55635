internal import Files

/// The file by whose path a database is opened.
///
/// Its status is taken before: if another file takes its place while the database is being opened, then what was opened counts
/// as not in place, instead of the other file counting as what was opened.
struct OpenedFile: Sendable {
    let path: FilePath
    private let status: FileStatus

    init(at path: FilePath) throws(FileError) {
        self.path = path
        status = try FileStatus(of: path)
    }

    /// Makes an empty file if there is none: SQLite would give it the mode 0644 at most, whatever the user's mask allows; what
    /// it makes beside gets the mode of the database.
    init(makingIfMissing path: FilePath) throws(FileError) {
        self.path = path
        if let present = try FileStatus.ifPresent(at: path) {
            status = present
        } else {
            _ = try File(path, .appending)
            status = try FileStatus(of: path)
        }
    }

    /// True if a status is that of the file, however its content has changed.
    func hasStatus(_ other: FileStatus) -> Bool {
        other.inode == status.inode && other.device == status.device
    }

    /// False if another file, or none, is at the path now: what is written goes into a file without a name.
    func isInPlace() throws(FileError) -> Bool {
        guard let now = try FileStatus.ifPresent(at: path) else { return false }
        return hasStatus(now)
    }
}
