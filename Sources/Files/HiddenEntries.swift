internal import Texts

/// Names in folders that do not count as their content, such as the store in a project's folder.
///
/// A folder is identified by its inode, so that links and different spellings of its path do not matter.
public struct HiddenEntries: Sendable {
    private struct Entry: Sendable {
        let folder: FilePath
        let device: UInt64
        let inode: UInt64
        let name: String
    }

    private let entries: [Entry]

    /// Hides these paths. They need not exist yet, but their folders must.
    public init(_ paths: [FilePath]) {
        var folders: [FilePath: (path: FilePath, status: FileStatus)] = [:]
        entries = paths.compactMap { path in
            if folders[path.parent] == nil, let folder = try? FileSystem.canonical(path.parent),
                let status = try? FileStatus(of: folder)
            {
                folders[path.parent] = (folder, status)
            }
            return folders[path.parent].map { folder in
                Entry(
                    folder: folder.path, device: folder.status.device, inode: folder.status.inode,
                    name: path.lastComponent)
            }
        }
    }

    /// The hidden names in the folder with this status.
    public func names(in folder: FileStatus) -> [String] {
        entries.filter { $0.inode == folder.inode && $0.device == folder.device }.map(\.name)
    }

    /// True if the name in the folder with this status is hidden.
    public func contains(_ name: String, in folder: FileStatus) -> Bool {
        entries.contains {
            $0.inode == folder.inode && $0.device == folder.device && $0.name.hasSameBytes(as: name)
        }
    }

    /// True if something hidden is below a folder, whose path is canonical.
    public func isBelow(_ folder: FilePath) -> Bool {
        entries.contains { entry in
            let inside = folder.text.endsWith("/") ? folder.text : folder.text + "/"
            return entry.folder == folder || entry.folder.text.beginsWith(inside)
        }
    }
}
