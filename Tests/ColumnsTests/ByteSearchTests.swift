import Columns
import Testing

@Suite struct ByteSearchTests {
    @Test func findsTheFirstFromEachStart() {
        for count in [0, 1, 7, 16, 33, 100] {
            for place in 0..<count {
                var bytes = [UInt8](repeating: 0x20, count: count)
                bytes[place] = 0xFF
                if place + 3 < count { bytes[place + 3] = 0xFF }
                for start in 0...count {
                    let expected = (start..<count).first { bytes[$0] == 0xFF } ?? count
                    #expect(ByteSearch.firstIndex(of: 0xFF, in: bytes.span, from: start) == expected)
                }
            }
        }
        let nothing: [UInt8] = []
        #expect(ByteSearch.firstIndex(of: 0, in: nothing.span, from: 0) == 0)
    }
}
