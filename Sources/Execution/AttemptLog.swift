import Dataflow
import Files
import Processes

extension Attempt {
    /// The most bytes of a log that are kept: the beginning and the end of a longer one.
    private static let maximumLog = 16 << 20

    /// True where the attempt has written anything.
    var hasLog: Bool { ((try? FileStatus(of: log).size) ?? 0) > 0 }

    /// Adds a line that the worker reported.
    func append(toLog line: String) {
        guard let file = try? File(log, .appending) else { return }
        try? file.write(Array((line + "\n").utf8))
    }

    /// Notes how the process ended, and shortens a log that is too long.
    func close(_ ending: ChildProcess.Ending) {
        cost = Cost(
            wallSeconds: MonotonicClock.seconds() - started, cpuSeconds: ending.cpuSeconds,
            peakMemory: ending.peakMemory)
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
