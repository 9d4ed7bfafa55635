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

    @Test func bytesAndCopiesAreOfTheSpanOnly() async {
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 100)
            _ = bytes.span.extracting(..<80).bits(at: 17, equalTo: 1)
        }
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 100)
            _ = bytes.span.extracting(..<80).kindBits(at: 17)
        }
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 100)
            _ = bytes.span.extracting(10...).bits(at: -1, from: 0, to: 1)
        }
        await #expect(processExitsWith: .failure) {
            let bytes = [UInt8](repeating: 1, count: 100)
            _ = bytes.span.extracting(..<80).eightyBytes(at: 81)
        }
        let bytes = [UInt8](repeating: 1, count: 100)
        let copy = bytes.span.extracting(..<80).eightyBytes(at: 70)
        #expect((0..<80).allSatisfy { copy[$0] == ($0 < 10 ? 1 : 0) })
    }

    @Test func copiesOfElementsAreAppended() {
        var list: [Int32] = []
        for count in [0, 1, 5, 0, 1000, 3] {
            let more = (0..<Int32(count)).map { $0 * 3 + Int32(list.count) }
            let expected = list + more
            list.append(copying: more.span)
            #expect(list == expected)
        }
    }
}
