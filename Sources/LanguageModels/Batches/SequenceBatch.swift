/// Concatenated sequences of tokens, without padding. A position is an index into `tokens`.
public struct SequenceBatch: Sendable, Hashable {
    /// The tokens of all sequences.
    public let tokens: [Int]
    /// The start of each sequence, and the end of the last.
    public let starts: [Int]

    /// A batch of non-empty sequences.
    public init(_ sequences: [[Int]]) {
        precondition(sequences.allSatisfy { !$0.isEmpty }, "a sequence has a token")
        tokens = sequences.flatMap { $0 }
        starts = sequences.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    }

    /// The number of sequences.
    public var count: Int { starts.count - 1 }

    /// The positions of a sequence.
    public func positions(of sequence: Int) -> Range<Int> { starts[sequence]..<starts[sequence + 1] }

    /// The last position of each sequence.
    public var lastPositions: [Int] { starts.dropFirst().map { $0 - 1 } }
}
