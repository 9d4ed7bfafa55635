import Files

/// The disk usage of the files in directories. A file with several names counts once.
struct DiskUse {
    /// Which size of a file counts.
    enum Measure {
        /// The disk space that it occupies; holes occupy none.
        case stored
        /// Its length, since all of it has to be read, or the disk space that it occupies, whichever is larger.
        case length

        fileprivate func bytes(of status: FileStatus) -> Int {
            self == .stored ? status.storedSize : max(status.size, status.storedSize)
        }
    }

    /// The total in bytes.
    private(set) var bytes = 0
    /// The largest file and its size in bytes.
    private(set) var largest: (path: FilePath, bytes: Int)?

    /// Adds the files of a directory, except those that appear or disappear meanwhile or cannot be read.
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

    /// `1.5 GiB`: powers of 1024, with a decimal if it is not zero.
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
