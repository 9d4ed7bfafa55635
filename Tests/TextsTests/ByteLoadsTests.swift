import Testing

@testable import Texts

@Suite struct ByteLoadsTests {
    @Test func integersAreTheBytesFromTheFirstOn() {
        let bytes = (0..<40).map { UInt8($0 * 7 % 251) }
        for place in 0...24 {
            let expected = (0..<16).reduce(UInt128(0)) { $0 | UInt128(bytes[place + $1]) << UInt128(8 * $1) }
            let (low, high) = bytes.span.integers(at: place)
            #expect(UInt128(high) << 64 | UInt128(low) == expected)
            #expect(bytes.span.integer(at: place) == low && bytes.span.integer(at: place + 8) == high)
        }
    }

    /// Nothing outside the span is read, even if its memory continues.
    @Test func readingOutOfBoundsTraps() async {
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 40)
            _ = bytes.span.extracting(..<20).integer(at: 13)
        }
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 40)
            _ = bytes.span.extracting(..<20).integers(at: 5)
        }
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 40)
            _ = bytes.span.extracting(10...).integer(at: -1)
        }
    }

    @Test func piecesOfLinesAreKept() {
        var lines = CacheLines(count: 3)
        #expect(lines.count == 3)
        for piece in 0..<12 {
            #expect(lines[piece] == .zero)
            lines[piece] = [UInt64(piece), 7]
        }
        let copy = lines
        lines[0] = [9, 9]
        #expect((0..<12).allSatisfy { copy[$0] == [UInt64($0), 7] })
    }
}
