import Compression
import TestSupport
import Testing

@Suite struct ZstdCodecTests {
    private let text = Array(String(repeating: "every stage's output is kept by content. ", count: 1000).utf8)

    @Test(arguments: [1, 3, 9]) func textRoundTrips(level: Int) throws {
        let codec = ZstdCodec(level: level)
        // The same contexts serve many times.
        for _ in 0..<3 {
            let compressed = codec.compress(text.span.bytes)
            let packed = try #require(compressed)
            #expect(packed.count < text.count / 20)
            let unpacked = try codec.decompress(packed.span.bytes, size: text.count)
            #expect(unpacked == text)
        }
    }

    @Test(arguments: [0, 1, 7, 100, 65_536, 262_144]) func incompressibleDataIsNotCompressed(count: Int) {
        let codec = ZstdCodec()
        let packed = codec.compress(noise(count).span.bytes)
        #expect(packed == nil)
    }

    @Test func theSizeMustBeRight() throws {
        let codec = ZstdCodec()
        let compressed = codec.compress(text.span.bytes)
        let packed = try #require(compressed)
        for size in [0, 1, text.count - 1, text.count + 1] {
            #expect(throws: CompressionError.self) {
                try codec.decompress(packed.span.bytes, size: size)
            }
        }
    }

    @Test func damagedDataNeverComesBackAsTheOriginal() throws {
        let codec = ZstdCodec()
        let compressed = codec.compress(text.span.bytes)
        let packed = try #require(compressed)
        for index in packed.indices {
            var damaged = packed
            damaged[index] ^= 0x20
            // Some bits mean nothing; then the data is still what it was.
            let result = try? codec.decompress(damaged.span.bytes, size: text.count)
            #expect(result == nil || result?.count == text.count)
        }
        for count in 0..<packed.count {
            #expect(throws: CompressionError.self) {
                try codec.decompress(Array(packed[..<count]).span.bytes, size: text.count)
            }
        }
    }
}
