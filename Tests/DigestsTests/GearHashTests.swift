import Digests
import Testing

@Suite struct GearHashTests {
    private let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 >> 3) }

    @Test func stopsAfterTheFirstMatchingByte() throws {
        var hash: UInt64 = 0
        let end = try #require(
            GearHash.cut(bytes.span, in: 0..<4096, mask: 0xFE00_0000_0000_0000, hash: &hash))
        #expect(hash & 0xFE00_0000_0000_0000 == 0)
        // One byte fewer does not fit.
        var other: UInt64 = 0
        #expect(GearHash.cut(bytes.span, in: 0..<end - 1, mask: 0xFE00_0000_0000_0000, hash: &other) == nil)
    }

    @Test func continuesFromAnEarlierValue() {
        var whole: UInt64 = 0
        #expect(GearHash.cut(bytes.span, in: 0..<4096, mask: .max, hash: &whole) == nil)
        var parts: UInt64 = 0
        for start in stride(from: 0, to: 4096, by: 512) {
            #expect(GearHash.cut(bytes.span, in: start..<start + 512, mask: .max, hash: &parts) == nil)
        }
        #expect(parts == whole)
    }

    @Test func onlyTheLast64BytesCount() {
        var long: UInt64 = 0
        var short: UInt64 = 0
        _ = GearHash.cut(bytes.span, in: 0..<4096, mask: .max, hash: &long)
        _ = GearHash.cut(bytes.span, in: 4032..<4096, mask: .max, hash: &short)
        #expect(long == short)
    }

    @Test func anEmptyRangeHasNoCut() {
        var hash: UInt64 = 7
        #expect(GearHash.cut([UInt8]().span, in: 0..<0, mask: 0, hash: &hash) == nil)
        #expect(hash == 7)
    }
}
