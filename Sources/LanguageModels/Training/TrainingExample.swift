/// A row to learn from: one sequence, or several that belong into one optimizer step, such as both orientations of a
/// comparison.
public struct TrainingExample: Sendable, Hashable {
    /// A sequence and what should come out of it.
    public struct Sequence: Sendable, Hashable {
        /// The tokens, at least one.
        public var tokens: [Int]
        /// What should come out; positions are places in `tokens`, that of the token before what is predicted.
        public var targets: [Target]

        /// A sequence of its parts.
        public init(tokens: [Int], targets: [Target]) {
            self.tokens = tokens
            self.targets = targets
        }
    }

    /// The sequences.
    public var sequences: [Sequence]

    /// An example of its sequences.
    public init(_ sequences: [Sequence]) { self.sequences = sequences }

    /// How many tokens it has.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.tokens.count } }

    /// At how many positions something should come out: what the mean loss of a step is over. Several targets at one
    /// position, such as a label and a teacher's probabilities, share it.
    public var targetCount: Int {
        sequences.reduce(0) { $0 + Set($1.targets.map(\.position)).count }
    }
}
