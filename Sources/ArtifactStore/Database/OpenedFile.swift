internal import Files

/// The file that was at a path when a database was opened there.
struct OpenedFile: Sendable {
    let path: FilePath
    /// Nil if there was none any more.
    private let status: FileStatus?

    /// - Parameter path: the path, by which the database has just been opened.
    init(at path: FilePath) throws(FileError) {
        self.path = path
        status = try FileStatus.ifPresent(at: path)
    }

    /// False if another file, or none, is at the path now: what is written goes into a file without a name.
    func isInPlace() throws(FileError) -> Bool {
        guard let status, let now = try FileStatus.ifPresent(at: path) else { return false }
        return now.inode == status.inode && now.device == status.device
    }
}
