import Testing

@testable import Tokenizers

struct MergingTests {
    /// Merges by looking over all pairs again and again: what the fast ways must equal.
    private func naive(_ word: [Int32], _ table: MergeTable) -> [Int32] {
        var symbols = word
        while true {
            var best = MergeTable.absent
            var place = 0
            for index in symbols.indices.dropLast() {
                let value = table.value(symbols[index], symbols[index + 1])
                if MergeTable.rank(value) < MergeTable.rank(best) { (best, place) = (value, index) }
            }
            if best == MergeTable.absent { return symbols }
            symbols[place] = MergeTable.result(best)
            symbols.remove(at: place + 1)
        }
    }

    /// Random merges over three letters, some of equal rank when `tied`.
    private func table(_ draw: inout Draw, tied: Bool) -> MergeTable {
        var table = MergeTable()
        var symbols: [Int32] = [0, 1, 2]
        for rank in 0..<40 {
            guard let left = symbols.randomElement(using: &draw),
                let right = symbols.randomElement(using: &draw)
            else { continue }
            if table.value(left, right) != MergeTable.absent { continue }
            let result = Int32(symbols.count)
            symbols.append(result)
            table.insert(
                left, right, value: MergeTable.value(rank: UInt32(tied ? rank / 3 : rank), result: result))
        }
        return table
    }

    @Test(arguments: [false, true])
    func shortAndLongWordsMergeLikeBruteForce(tied: Bool) {
        var draw = Draw(state: 11)
        var merger = PairMerger()
        for _ in 0..<400 {
            let table = table(&draw, tied: tied)
            let count = Int.random(in: 0...120, using: &draw)
            let letters = Int32.random(in: 0...2, using: &draw)
            let word = (0..<count).map { _ in Int32.random(in: 0...letters, using: &draw) }
            merger.symbols = ContiguousArray(word)
            merger.merge(with: table)
            #expect(Array(merger.symbols) == naive(word, table))
        }
    }

    @Test func aMergeTableContainsExactlyItsPairs() {
        var table = MergeTable()
        var expected: [UInt64: UInt64] = [:]
        var draw = Draw(state: 3)
        for index in 0..<5000 {
            let (left, right) = (
                Int32.random(in: 0..<300, using: &draw), Int32.random(in: 0..<300, using: &draw)
            )
            let value = MergeTable.value(rank: UInt32(index), result: Int32(index))
            table.insert(left, right, value: value)
            expected[UInt64(left) << 32 | UInt64(right)] = value
        }
        #expect(table.count == expected.count)
        for left in Int32(0)..<300 {
            for right in Int32(0)..<300 {
                let value = expected[UInt64(left) << 32 | UInt64(right)] ?? MergeTable.absent
                #expect(table.value(left, right) == value)
            }
        }
    }

    @Test func aQueueReturnsItsElementsInOrder() {
        var queue = MinimumQueue()
        var draw = Draw(state: 5)
        let elements = (0..<2000).map { _ in UInt64.random(in: 0..<500, using: &draw) }
        for element in elements { queue.push(element) }
        var taken: [UInt64] = []
        while queue.lowest != .max { taken.append(queue.popLowest()) }
        #expect(taken == elements.sorted())
    }

    @Test func aVocabularyDistinguishesCanonicallyEquivalentStrings() throws {
        var vocabulary = Vocabulary()
        try vocabulary.insert(Array("\u{E9}".utf8), id: 5)
        try vocabulary.insert(Array("e\u{301}".utf8), id: 2)
        try vocabulary.insert([0xFF], id: 0)
        #expect(
            vocabulary.id(of: Array("\u{E9}".utf8)) == 5 && vocabulary.id(of: Array("e\u{301}".utf8)) == 2)
        #expect(vocabulary.token(0) == [0xFF] && vocabulary.token(1) == nil && vocabulary.upperBound == 6)
        #expect(throws: TokenizerError.self) { try vocabulary.insert([0xFF], id: 9) }
        #expect(throws: TokenizerError.self) { try vocabulary.insert([0xFE], id: 5) }
        #expect(throws: TokenizerError.self) { try vocabulary.insert([0xFD], id: -1) }
    }

    @Test func aUnigramModelFindsTheBestSegmentation() {
        var draw = Draw(state: 9)
        for _ in 0..<200 {
            var pieces: [UnigramModel.Piece] = []
            for spelling in ["a", "b", "ab", "ba", "aa", "aba", "bb", "abab"] where Bool.random(using: &draw)
            {
                let score = -Double(Int.random(in: 1...1_000_000, using: &draw)) / 100_000
                pieces.append(
                    UnigramModel.Piece(bytes: Array(spelling.utf8), id: Int32(pieces.count + 1), score: score)
                )
            }
            let lowest = pieces.map(\.score).min() ?? 0
            let model = UnigramModel(pieces, unknown: 0, lowestScore: lowest, byteIDs: [], isSingle: false)
            let word = (0..<Int.random(in: 1...9, using: &draw))
                .map { _ in Bool.random(using: &draw) ? UInt8(ascii: "a") : UInt8(ascii: "b") }
            var lattice = UnigramModel.Lattice()
            var ids: [Int32] = []
            model.append(word.span, word.indices, &lattice, to: &ids)
            #expect(ids == bestWay(word[...], pieces, unknownScore: lowest - 10))
        }
    }

    /// The best way to every end, of the best ways to all starts; runs of unknown letters are one id.
    private func bestWay(_ word: ArraySlice<UInt8>, _ pieces: [UnigramModel.Piece], unknownScore: Double)
        -> [Int32]
    {
        var best: [(score: Double, ids: [Int32])?] = [(0, [])]
        for end in 1...word.count {
            var found: (score: Double, ids: [Int32])?
            for start in 0..<end {
                guard let before = best[start] else { continue }
                let part = Array(word[start..<end])
                var ways = pieces.filter { $0.bytes == part }.map { ($0.score, $0.id) }
                if part.count == 1 && ways.isEmpty { ways = [(unknownScore, 0)] }
                for (score, id) in ways where before.score + score > found?.score ?? -.infinity {
                    found = (before.score + score, before.ids + [id])
                }
            }
            best.append(found)
        }
        var fused: [Int32] = []
        for id in best[word.count]?.ids ?? [] where !(id == 0 && fused.last == 0) { fused.append(id) }
        return fused
    }
}
