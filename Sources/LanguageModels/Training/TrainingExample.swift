/// A row to learn from: one sequence, or several that belong into one optimizer step, such as both orientations of a
/// comparison.
public struct TrainingExample: Sendable, Hashable {
    /// A sequence and what should come out of it.
    public struct Sequence: Sendable, Hashable {
        /// The tokens, at least one. They are kept in 32 bits: a training set has hundreds of millions.
        public var tokens: [Int] {
            get { storage.map(Int.init) }
            set { storage = newValue.map(Int32.init(clamping:)) }
        }
        /// How many tokens there are.
        public var count: Int { storage.count }
        private var storage: [Int32]
        /// What should come out; positions are places in `tokens`, that of the token before what is predicted.
        public var targets: [Target]

        /// A sequence of its parts.
        public init(tokens: [Int], targets: [Target]) {
            // No vocabulary has the number that a larger one becomes, so that the decoder refuses it all the same.
            storage = tokens.map(Int32.init(clamping:))
            self.targets = targets
        }
    }

    /// The sequences.
    public var sequences: [Sequence]

    /// An example of its sequences.
    public init(_ sequences: [Sequence]) { self.sequences = sequences }

    /// How many tokens it has.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }

    /// At how many positions something should come out: what the mean loss of a step is over. Several targets at one
    /// position, such as a label and a teacher's probabilities, share it.
    var targetCount: Int {
        sequences.reduce(0) { $0 + Set($1.targets.map(\.position)).count }
    }
}
