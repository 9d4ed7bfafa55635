import Digests
import TestSupport
import Testing

@testable import ArtifactStore

@Suite struct ContentChunkerTests {
    @Test(arguments: [0, 1, 32_767, 32_768, 32_769, 65_536, 262_144, 1_000_000])
    func chunksCoverTheBytesWithinTheirSizes(count: Int) {
        let bytes = noise(count)
        let ranges = ContentChunker.chunks(of: bytes.span, isWhole: true)
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        for range in ranges.dropLast() {
            #expect(range.count > ContentChunker.minimum && range.count <= ContentChunker.maximum)
        }
    }

    @Test func theMeanIsAboutWhatItShouldBe() {
        let ranges = ContentChunker.chunks(of: noise(20_000_000).span, isWhole: true)
        let mean = 20_000_000 / ranges.count
        #expect(mean > ContentChunker.mean * 3 / 4 && mean < ContentChunker.mean * 5 / 4)
    }

    @Test func bytesThatAreAllAlikeAreCutAtTheMaximum() {
        let ranges = ContentChunker.chunks(of: [UInt8](repeating: 0, count: 600_000).span, isWhole: true)
        #expect(ranges.map(\.count) == [262_144, 262_144, 75_712])
    }

    @Test func cutsDependOnContentAlone() {
        let bytes = noise(2_000_000, seed: 5)
        func pieces(_ bytes: [UInt8]) -> [Digest] {
            ContentChunker.chunks(of: bytes.span, isWhole: true).map { SHA256.digest(of: Array(bytes[$0])) }
        }
        let before = pieces(bytes)
        let after = pieces(noise(100, seed: 9) + bytes)
        // An insertion at the front changes only the first few chunks.
        #expect(after.suffix(before.count - 3).elementsEqual(before.suffix(before.count - 3)))
    }

    @Test func aBlockThatContinuesLeavesItsLastChunkOpen() {
        let bytes = noise(1_000_000, seed: 3)
        let whole = ContentChunker.chunks(of: bytes.span, isWhole: true)
        let open = ContentChunker.chunks(of: bytes.span, isWhole: false)
        #expect(Array(whole.prefix(open.count)) == open)
        #expect(open.count < whole.count)
        // From where it stopped, the rest is cut as if it had been one.
        let end = open.last?.upperBound ?? 0
        let rest = ContentChunker.chunks(of: Array(bytes[end...]).span, isWhole: true)
        #expect(rest.map { $0.lowerBound + end..<$0.upperBound + end } == Array(whole.dropFirst(open.count)))
    }
}
