import Files
import Processes

/// A pipe from a stage to its log that removes secrets, even if they are split over several writes.
final class ScrubbedLog {
    private let pipe: ClosablePipe
    private let scrubber: SecretScrubber
    private let log: FilePath
    private var waiting: [UInt8] = []
    private var hasEnded = false

    init(_ scrubber: SecretScrubber, to log: FilePath) throws {
        pipe = try ClosablePipe()
        self.scrubber = scrubber
        self.log = log
    }

    /// The descriptor that is readable when something has arrived; nil once nothing more can arrive.
    var reading: Int32? { hasEnded ? nil : pipe.reading }
    var writing: Int32 { pipe.writing }

    /// Closes the writing end in this process, after the child has it.
    func closeWriting() { pipe.closeWriting() }

    /// Moves what has arrived to the log.
    ///
    /// - Parameter isEnd: true once nothing writes any more.
    func take(isEnd: Bool) {
        while !hasEnded {
            let (bytes, isAtEnd) = DescriptorReading.available(pipe.reading, limit: 1 << 16)
            hasEnded = isAtEnd || isEnd && bytes.isEmpty
            waiting += bytes
            let shown = scrubber.take(from: &waiting, isEnd: hasEnded)
            // A log that cannot be written, as on a full disk, does not block the stage.
            if !shown.isEmpty, let file = try? File(log, .appending) { try? file.write(shown) }
            if bytes.isEmpty { return }
        }
    }
}
