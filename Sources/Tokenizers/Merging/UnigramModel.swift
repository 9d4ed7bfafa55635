/// Unigram segmentation: of all ways to split a text into pieces, the one with the highest sum of scores.
struct UnigramModel: Sendable {
    /// A piece and its score.
    struct Piece: Sendable {
        var bytes: [UInt8]
        var id: Int32
        var score: Double
    }

    /// The buffers of one segmentation.
    struct Lattice: Sendable {
        fileprivate var scores: ContiguousArray<Double> = []
        fileprivate var starts: ContiguousArray<Int32> = []
        fileprivate var ids: ContiguousArray<Int32> = []
    }

    private let idOfPiece: ContiguousArray<Int32>
    private let scoreOfPiece: ContiguousArray<Double>
    private let unknown: Int32
    private let unknownScore: Double
    /// The symbols of the 256 bytes, for unknown scalars, -1 for a missing one; empty without byte fallback.
    private let byteIDs: ContiguousArray<Int32>
    /// Whether sums are rounded to 32 bits, as in SentencePiece.
    private let isSingle: Bool
    private var edges = MergeTable()
    private var pieceAtNode: ContiguousArray<Int32> = [-1]

    /// A model of `pieces`; `lowestScore` is that of the whole vocabulary.
    init(
        _ pieces: [Piece], unknown: Int32, lowestScore: Double,
        byteIDs: ContiguousArray<Int32>, isSingle: Bool
    ) {
        idOfPiece = ContiguousArray(pieces.map(\.id))
        scoreOfPiece = ContiguousArray(pieces.map(\.score))
        self.unknown = unknown
        self.isSingle = isSingle
        self.byteIDs = byteIDs
        unknownScore = isSingle ? Double(Float(lowestScore) - 10) : lowestScore - 10
        for (index, piece) in pieces.enumerated() {
            var node: Int32 = 0
            for byte in piece.bytes {
                let found = edges.value(node, Int32(byte))
                if found != MergeTable.absent {
                    node = MergeTable.result(found)
                } else {
                    let fresh = Int32(pieceAtNode.count)
                    edges.insert(node, Int32(byte), value: MergeTable.value(rank: 0, result: fresh))
                    pieceAtNode.append(-1)
                    node = fresh
                }
            }
            pieceAtNode[Int(node)] = Int32(index)
        }
    }

    /// Appends the ids of valid UTF-8 text.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, _ lattice: inout Lattice, to ids: inout [Int32]) {
        let count = range.count
        lattice.scores = ContiguousArray(repeating: 0, count: count + 1)
        lattice.starts = ContiguousArray(repeating: -1, count: count + 1)
        lattice.ids = ContiguousArray(repeating: unknown, count: count + 1)
        var start = 0
        while start < count {
            let length = text.scalar(at: range.lowerBound + start).length
            if !relaxPieces(text, range, start, length, &lattice) {
                relax(start, start + length, unknown, unknownScore, &lattice)
            }
            start += length
        }
        var path: [(start: Int, end: Int)] = []
        var end = count
        while end > 0 {
            path.append((Int(lattice.starts[end]), end))
            end = Int(lattice.starts[end])
        }
        var unknownStart: Int?
        for (start, end) in path.reversed() {
            let id = lattice.ids[end]
            if id == unknown {
                unknownStart = unknownStart ?? start
                continue
            }
            if let first = unknownStart.take() {
                appendUnknown(text, range.lowerBound + first..<range.lowerBound + start, to: &ids)
            }
            ids.append(id)
        }
        if let first = unknownStart {
            appendUnknown(text, range.lowerBound + first..<range.upperBound, to: &ids)
        }
    }

    /// Appends the ids of a run of unknown text: those of its bytes, or one for all of it.
    private func appendUnknown(_ text: Span<UInt8>, _ run: Range<Int>, to ids: inout [Int32]) {
        // With `tokenizers`, the run as a whole may be a piece after all: the unknown piece's own spelling is one.
        if !isSingle, let known = piece(text, run) {
            ids.append(known)
        } else if !byteIDs.isEmpty, run.allSatisfy({ byteIDs[Int(text[$0])] >= 0 }) {
            for index in run { ids.append(byteIDs[Int(text[index])]) }
        } else {
            ids.append(unknown)
        }
    }

    /// The piece with this spelling.
    private func piece(_ text: Span<UInt8>, _ range: Range<Int>) -> Int32? {
        var node: Int32 = 0
        for index in range {
            let edge = edges.value(node, Int32(text[index]))
            if edge == MergeTable.absent { return nil }
            node = MergeTable.result(edge)
        }
        let index = pieceAtNode[Int(node)]
        return index < 0 ? nil : idOfPiece[Int(index)]
    }

    /// Tries every piece that starts at `start`; returns whether one of them is exactly the scalar there.
    private func relaxPieces(
        _ text: Span<UInt8>, _ range: Range<Int>, _ start: Int, _ scalarLength: Int, _ lattice: inout Lattice
    ) -> Bool {
        var node: Int32 = 0
        var end = start
        var coversScalar = false
        while end < range.count {
            let edge = edges.value(node, Int32(text[range.lowerBound + end]))
            if edge == MergeTable.absent { break }
            node = MergeTable.result(edge)
            end += 1
            let index = pieceAtNode[Int(node)]
            if index < 0 { continue }
            relax(start, end, idOfPiece[Int(index)], scoreOfPiece[Int(index)], &lattice)
            if end - start == scalarLength { coversScalar = true }
        }
        return coversScalar
    }

    @inline(__always)
    private func relax(_ start: Int, _ end: Int, _ id: Int32, _ score: Double, _ lattice: inout Lattice) {
        var sum = lattice.scores[start] + score
        if isSingle { sum = Double(Float(sum)) }
        if lattice.starts[end] < 0 || sum > lattice.scores[end] {
            lattice.scores[end] = sum
            lattice.starts[end] = Int32(start)
            lattice.ids[end] = id
        }
    }
}
