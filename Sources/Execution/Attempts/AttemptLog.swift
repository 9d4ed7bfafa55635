import Files

extension Attempt {
    /// The maximum size of a kept log; of a longer one, the beginning and the end are kept.
    private static let maximumLog = 16 << 20

    /// The length beyond which the middle of a log is discarded while the stage runs.
    private static let maximumRunningLog = 2 * maximumLog

    /// True if the attempt has written anything.
    var hasLog: Bool { ((try? FileStatus(of: log).size) ?? 0) > 0 }

    /// How much of the end of a log is shown if the attempt fails.
    private static let shownLines = 10
    private static let shownBytes = 4096

    /// The last lines of what the attempt has written, for people.
    var lastLines: [String] {
        guard let file = try? File(log, .reading), let size = try? file.status().size, size > 0 else {
            return []
        }
        let start = max(0, size - Self.shownBytes)
        guard let bytes = try? file.read(upTo: size - start, from: start) else { return [] }
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        // The first one may have lost its beginning.
        if start > 0, lines.count > 1 { lines.removeFirst() }
        return lines.suffix(Self.shownLines).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Adds a line that the worker reported.
    func append(toLog line: String) {
        guard let file = try? File(log, .appending) else { return }
        try? file.write(Array((line + "\n").utf8))
    }

    /// Keeps a growing log from filling the disk; the stage does not notice.
    func boundLog() {
        guard let status = try? FileStatus(of: log, followsLinks: false), status.kind == .file,
            status.storedSize > Self.maximumRunningLog
        else { return }
        guard let file = try? File(log, .appending) else { return }
        let half = Self.maximumLog / 2
        do {
            try file.discard(half..<status.size - half)
        } catch  where error.isUnsupported {
            // Without support for holes, the newest part is dropped: the stage appends, so it continues from here.
            try? file.truncate(to: half)
            try? file.write(Array("\n… much left out …\n".utf8))
        } catch {}
    }

    /// Shortens a log that is too long, after the stage has ended.
    func shortenLog() {
        guard let size = try? FileStatus(of: log).size, size > Self.maximumLog else { return }
        try? FileContents.withMapped(log) { bytes in
            let half = Self.maximumLog / 2
            let shortened = FilePath(log.text + ".short")
            let file = try File(shortened, .creating)
            try file.write(bytes.extracting(first: half).bytes)
            try file.write(Array("\n… \(size - 2 * half) bytes left out …\n".utf8))
            try file.write(bytes.extracting(last: half).bytes)
            try FileSystem.rename(shortened, to: log)
        }
    }
}
