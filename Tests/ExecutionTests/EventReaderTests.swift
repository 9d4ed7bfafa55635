import FoundationEssentials
import Glibc
import StageKit
import Testing

@testable import Execution

struct EventReaderTests {
    /// The events read from a worker's bytes, in pieces of a given size.
    private func events(_ bytes: [UInt8], limit: Int) throws -> [StageEvent] {
        let reader = try EventReader()
        var events: [StageEvent] = []
        var rest = bytes[...]
        var isAtEnd = false
        while !isAtEnd {
            let piece = Array(rest.prefix(4096))
            rest = rest.dropFirst(piece.count)
            // The pipe has room for a piece: all before was read.
            if piece.isEmpty {
                reader.closeWriting()
            } else {
                _ = Glibc.write(reader.writing, piece, piece.count)
            }
            while true {
                let taken = reader.take(limit: limit)
                events += taken.events
                isAtEnd = taken.isAtEnd
                if taken.isAtEnd || taken.events.isEmpty { break }
            }
            // What is left in the pipe is taken before more is written.
            for _ in 0...(4096 / limit) where !isAtEnd {
                let taken = reader.take(limit: limit)
                events += taken.events
                isAtEnd = taken.isAtEnd
            }
        }
        return events
    }

    private func line(_ event: StageEvent) throws -> [UInt8] {
        try Array(JSONEncoder().encode(event)) + [UInt8(ascii: "\n")]
    }

    @Test(arguments: [1, 7, 1 << 16])
    func eventsArriveHoweverTheyAreCut(_ limit: Int) throws {
        let sent: [StageEvent] = [
            .progress(done: 1, total: nil, unit: "rows"), .metric(name: "loss", value: 0.25), .log("ü\n"),
            .failure("over"),
        ]
        #expect(try events(sent.flatMap { try line($0) }, limit: limit) == sent)
    }

    @Test func linesThatAreNotEventsAreSkipped() throws {
        let noise = Array("hello\n{}\n\n{\"progress\":3}\n\u{0}\u{1}\n".utf8)
        let event = StageEvent.log("after")
        #expect(try events(noise + line(event), limit: 1 << 16) == [event])
    }

    @Test func anEndlessLineIsSkippedInBoundedMemory() throws {
        let event = StageEvent.log("after")
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20) + [UInt8(ascii: "\n")]
        #expect(try events(long + line(event), limit: 1 << 16) == [event])
    }
}
