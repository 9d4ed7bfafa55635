import Files

/// What files under some directories take, by their contents: holes take nothing, and a file of several names counts once.
struct DiskUse {
    /// Bytes of all.
    private(set) var bytes = 0
    /// The largest file, and its bytes.
    private(set) var largest: (path: FilePath, bytes: Int)?

    /// Walks the directories; what comes or goes meanwhile, or cannot be read, is left out.
    ///
    /// - Complexity: a system call for each file, and a few for each directory.
    init(of directories: [FilePath]) {
        var waiting = directories
        var seen: Set<UInt64> = []
        while let directory = waiting.popLast() {
            for name in (try? FileSystem.names(in: directory)) ?? [] {
                let path = directory.appending(name)
                guard let status = try? FileStatus(of: path, followsLinks: false) else { continue }
                if status.kind == .directory { waiting.append(path) }
                guard status.kind == .file else { continue }
                if status.linkCount > 1, !seen.insert(status.inode).inserted { continue }
                bytes += status.storedSize
                if status.storedSize > largest?.bytes ?? 0 { largest = (path, status.storedSize) }
            }
        }
    }

    /// `1.5 GiB`: powers of 1024 with a decimal where it says something.
    static func text(_ bytes: Int) -> String {
        guard bytes >= 1024 else { return "\(bytes) bytes" }
        var tenths = Double(bytes) * 10
        var unit = "bytes"
        for larger in ["KiB", "MiB", "GiB", "TiB", "PiB"] where tenths >= 10_240 {
            tenths /= 1024
            unit = larger
        }
        let rounded = Int(tenths.rounded())
        return rounded % 10 == 0 ? "\(rounded / 10) \(unit)" : "\(rounded / 10).\(rounded % 10) \(unit)"
    }
}
