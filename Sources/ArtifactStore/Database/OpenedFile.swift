internal import Files

/// The file that was at a path when a database was opened there.
struct OpenedFile: Sendable {
    let path: FilePath
    /// Nil if there was none any more.
    private let status: FileStatus?

    /// - Parameter path: the path, by which the database has just been opened.
    init(at path: FilePath) throws(FileError) {
        self.path = path
        status = try Self.status(of: path)
    }

    /// False if another file, or none, is at the path now: what is written goes into a file without a name.
    func isInPlace() throws(FileError) -> Bool {
        guard let status, let now = try Self.status(of: path) else { return false }
        return now.inode == status.inode && now.device == status.device
    }

    /// The status of a file; nil if there is none.
    static func status(of path: FilePath) throws(FileError) -> FileStatus? {
        do {
            return try FileStatus(of: path)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }
}
