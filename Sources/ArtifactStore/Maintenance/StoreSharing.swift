public import Files

/// A store that the members of a group share.
///
/// New files in its folder get the folder's group, and the group may write the database. A process that opens such a store for
/// writing lets the group write the files that it creates.
public enum StoreSharing: Sendable {
    /// True if a group shares the store with this database.
    public static func isShared(_ store: FilePath) -> Bool {
        guard let folder = try? FileStatus(of: store.parent), let file = try? FileStatus(of: store) else {
            return false
        }
        return folder.givesItsGroup && file.permissions & 0o020 != 0 && folder.group == file.group
    }

    /// Lets a group use the store with this database, which must exist, including the other files of the store.
    ///
    /// - Throws: `StoreError.missing` if there is no such group, `StoreError.readOnly` if a file belongs to another user.
    public static func share(_ store: FilePath, withGroup name: String) throws(StoreError) {
        guard let group = FileSystem.group(named: name) else {
            throw StoreError(.missing, "there is no group '\(name)' on this machine")
        }
        do {
            let folder = store.parent
            try open(folder, to: group)
            for name in try FileSystem.names(in: folder) where name.hasPrefix(store.lastComponent) {
                try openAll(folder.appending(name), to: group)
            }
            for name in ["work", "out"] where FileSystem.exists(folder.appending(name)) {
                try openAll(folder.appending(name), to: group)
            }
        } catch let error as FileError where error.isDenied {
            throw StoreError(
                .readOnly,
                "\(error). Only its owner, who must be in the group '\(name)', or root can do that.")
        } catch {
            throw StoreError(error, store: store)
        }
    }

    private static func openAll(_ path: FilePath, to group: UInt32) throws {
        var waiting = [path]
        while let path = waiting.popLast() {
            let status = try FileStatus(of: path, followsLinks: false)
            guard status.kind == .directory || status.kind == .file else { continue }
            try open(path, to: group)
            guard status.kind == .directory else { continue }
            waiting += try FileSystem.names(in: path).map { path.appending($0) }
        }
    }

    /// Gives a file or folder to the group, with the owner's permissions.
    private static func open(_ path: FilePath, to group: UInt32) throws(FileError) {
        let status = try FileStatus(of: path, followsLinks: false)
        // Read-only copies stay as they are.
        let wanted =
            status.permissions | (status.permissions & 0o700) >> 3
            | (status.kind == .directory ? 0o2000 : 0)
        if status.group != group { try FileSystem.setGroup(group, of: path) }
        // Afterwards: changing the group clears the bits that only members may set.
        guard status.group != group || wanted != status.permissions else { return }
        try FileSystem.setMode(wanted, of: path)
    }
}
