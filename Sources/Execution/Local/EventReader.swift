import JSON
import Processes
import StageKit

/// Reads a worker's events: JSON lines on a pipe. Lines that are not events are ignored; their length and number are bounded.
final class EventReader {
    private static let maximumLine = 1 << 20
    private let pipe: ClosablePipe
    private var buffer: [UInt8] = []
    private var isSkipping = false

    init() throws { pipe = try ClosablePipe() }

    var reading: Int32 { pipe.reading }
    var writing: Int32 { pipe.writing }

    /// Closes the write end in this process, once the child has it.
    func closeWriting() { pipe.closeWriting() }

    /// The events that have arrived, a bounded number of bytes at a time; `isAtEnd` if no more will come.
    func take(limit: Int = 1 << 16) -> (events: [StageEvent], isAtEnd: Bool) {
        let (bytes, isAtEnd) = DescriptorReading.available(pipe.reading, limit: limit)
        var events: [StageEvent] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if buffer.count < Self.maximumLine { buffer.append(byte) } else { isSkipping = true }
                continue
            }
            if !isSkipping, let event = try? JSONRecord.decode(StageEvent.self, from: buffer) {
                events.append(event)
            }
            isSkipping = false
            buffer.removeAll(keepingCapacity: true)
        }
        return (events, isAtEnd)
    }
}
