/// A training example: one sequence, or several that belong in the same optimizer step, such as both orientations of a
/// comparison.
public struct TrainingExample: Sendable, Hashable {
    /// A sequence and its targets.
    public struct Sequence: Sendable, Hashable {
        /// The tokens, at least one. They are stored in 32 bits: a training set has hundreds of millions.
        public var tokens: [Int] {
            get { storage.map(Int.init) }
            set { storage = newValue.map(Int32.init(clamping:)) }
        }
        /// The number of tokens.
        public var count: Int { storage.count }
        private var storage: [Int32]
        /// The targets; positions are indices into `tokens`, that of the token before the predicted one.
        public var targets: [Target]

        /// A sequence from its parts.
        public init(tokens: [Int], targets: [Target]) {
            // A token that is out of range is clamped to a number that no vocabulary contains, so the decoder still
            // rejects it.
            storage = tokens.map(Int32.init(clamping:))
            self.targets = targets
        }
    }

    /// The sequences.
    public var sequences: [Sequence]

    /// An example from its sequences.
    public init(_ sequences: [Sequence]) { self.sequences = sequences }

    /// The number of tokens.
    public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }

    /// The number of positions with targets, over which a step's mean loss is taken. Several targets at one position,
    /// such as a label and a teacher's probabilities, count once.
    var targetCount: Int {
        sequences.reduce(0) { $0 + Set($1.targets.map(\.position)).count }
    }
}
