import Testing

@testable import Texts

@Suite struct SharedLinesTests {
    @Test func pairsAreKept() {
        for bits in [0, 3, 16] {
            let lines = SharedLines(bits: bits)
            #expect(lines.count == 1 << bits)
            let places = 0..<lines.count * SharedLines.pairs
            for place in places {
                #expect(lines[place] == IntegerPair(low: 0, high: 0))
                lines.write(IntegerPair(low: UInt64(place), high: 7), at: place)
            }
            #expect(places.allSatisfy { lines[$0] == IntegerPair(low: UInt64($0), high: 7) })
        }
    }

    @Test func nothingIsOutside() async {
        await #expect(processExitsWith: .failure) { _ = SharedLines(bits: 1)[8] }
        await #expect(processExitsWith: .failure) { _ = SharedLines(bits: 1)[-1] }
        await #expect(processExitsWith: .failure) {
            SharedLines(bits: 1).write(IntegerPair(low: 1, high: 1), at: 8)
        }
        await #expect(processExitsWith: .failure) {
            var room = [Int32](repeating: 0, count: 3)
            var span = room.mutableSpan
            var written = 0
            let key = [IntegerPair(low: 1, high: 1)]
            _ = SharedLines(bits: 1).copyFound(key.span, [0].span, from: 0, to: &span, &written)
        }
    }

    @Test func whatBelongsToKeysIsCopiedUpToOneThatIsMissing() {
        let lines = SharedLines(bits: 2)
        let count = UInt64(1) << 28
        lines.write(IntegerPair(low: 11 | 2 * count | 12 << 32, high: 0), at: 2)
        lines.write(IntegerPair(low: 1, high: 8), at: 0)
        lines.write(IntegerPair(low: 21 | 4 * count | 22 << 32, high: 23 | 24 << 32), at: 3)
        lines.write(IntegerPair(low: 2, high: 8), at: 1)
        lines.write(IntegerPair(low: 31 | count, high: 0), at: 14)
        lines.write(IntegerPair(low: 3, high: 8), at: 12)
        let keys = [1, 2, 3, 1, 4, 3, 2, 2].map { IntegerPair(low: UInt64($0), high: 8) }
        // The last but one is looked for in another line, and the last one in none that there is.
        let places: [UInt32] = [0, 0, 12, 0, 4, 12, 8, 16]
        var room = [Int32](repeating: -1, count: 40)
        var span = room.mutableSpan
        var written = 3
        #expect(lines.copyFound(keys.span, places.span, from: 0, to: &span, &written) == 4)
        #expect(written == 12)
        #expect(lines.copyFound(keys.span, places.span, from: 5, to: &span, &written) == 6)
        #expect(lines.copyFound(keys.span, places.span, from: 7, to: &span, &written) == 8)
        #expect(lines.copyFound(keys.span, places.span, from: 8, to: &span, &written) == 8)
        #expect(room[..<17] == [-1, -1, -1, 11, 12, 21, 22, 23, 24, 31, 11, 12, 31, 21, 22, 23, 24])
    }

    @Test func askingForATextChangesNothing() async {
        let texts = ["", "short", String(repeating: "long", count: 1000)]
        for index in texts.indices { texts.span.prefetchText(index) }
        await #expect(processExitsWith: .failure) { [""].span.prefetchText(1) }
    }
}
