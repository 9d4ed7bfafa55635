import Files

/// What files under directories take. A file with several names counts once.
struct DiskUse {
    /// What counts of a file.
    enum Measure {
        /// What it takes on the disk; holes take nothing.
        case stored
        /// Its length, since that is what has to be read, or what it takes if that is more.
        case length

        fileprivate func bytes(of status: FileStatus) -> Int {
            self == .stored ? status.storedSize : max(status.size, status.storedSize)
        }
    }

    /// Bytes of all.
    private(set) var bytes = 0
    /// The largest file, and its bytes.
    private(set) var largest: (path: FilePath, bytes: Int)?

    /// Adds the files of a directory; what comes or goes meanwhile, or cannot be read, is left out.
    ///
    /// - Complexity: a system call for each file, and a few for each directory.
    mutating func add(_ directory: FilePath, by measure: Measure) {
        var waiting = [directory]
        var seen: Set<UInt64> = []
        while let directory = waiting.popLast() {
            for name in (try? FileSystem.names(in: directory)) ?? [] {
                let path = directory.appending(name)
                guard let status = try? FileStatus(of: path, followsLinks: false) else { continue }
                if status.kind == .directory { waiting.append(path) }
                guard status.kind == .file else { continue }
                if status.linkCount > 1, !seen.insert(status.inode).inserted { continue }
                let size = measure.bytes(of: status)
                let (sum, isTooLarge) = bytes.addingReportingOverflow(size)
                bytes = isTooLarge ? .max : sum
                if size > largest?.bytes ?? 0 { largest = (path, size) }
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
