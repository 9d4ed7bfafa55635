/// Sequences of tokens one behind the other, without padding. A position is a place in `tokens`.
public struct SequenceBatch: Sendable, Hashable {
    /// The tokens of all sequences.
    public let tokens: [Int]
    /// Where each sequence begins, and where the last ends.
    public let starts: [Int]

    /// A batch of sequences, none of them empty.
    public init(_ sequences: [[Int]]) {
        precondition(sequences.allSatisfy { !$0.isEmpty }, "a sequence has a token")
        tokens = sequences.flatMap { $0 }
        starts = sequences.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    }

    /// How many sequences there are.
    public var count: Int { starts.count - 1 }

    /// The positions of a sequence.
    public func positions(of sequence: Int) -> Range<Int> { starts[sequence]..<starts[sequence + 1] }

    /// The last position of each sequence.
    public var lastPositions: [Int] { starts.dropFirst().map { $0 - 1 } }
}
