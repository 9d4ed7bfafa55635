import Files

/// Files and folders whose files are hard links, so that nothing is copied.
enum LinkedTree {
    /// Links a file, or a folder's files, at a path that does not exist.
    static func link(_ source: FilePath, at path: FilePath) throws {
        guard try FileStatus(of: source, followsLinks: false).kind == .directory else {
            do {
                try FileSystem.link(source, at: path)
            } catch {
                guard error.isCrossDevice || error.isDenied else { throw error }
                try FileContents.copy(source, to: path, permissions: 0o444, synchronizes: false)
            }
            return
        }
        try FileSystem.makeDirectory(path)
        for name in try FileSystem.names(in: source) {
            try link(source.appending(name), at: path.appending(name))
        }
    }

    /// Moves a file or folder to a path that does not exist, which may be on another file system.
    static func move(_ source: FilePath, to path: FilePath) throws {
        do {
            try FileSystem.rename(source, to: path)
        } catch {
            guard error.isCrossDevice else { throw error }
            try copy(source, to: path)
            try FileSystem.removeTree(source)
        }
    }

    private static func copy(_ source: FilePath, to path: FilePath) throws {
        let status = try FileStatus(of: source, followsLinks: false)
        guard status.kind == .directory else {
            return try FileContents.copy(
                source, to: path, permissions: status.isExecutable ? 0o755 : 0o644, synchronizes: false)
        }
        try FileSystem.makeDirectory(path)
        for name in try FileSystem.names(in: source) {
            try copy(source.appending(name), to: path.appending(name))
        }
    }
}
