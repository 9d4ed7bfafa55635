import Tensors

/// A softmax regression over {A, B, tie} in which A and B are treated alike.
///
/// Each feature has a part d that changes its sign when A and B change places, and a part e that stays. With
/// s = Σ w d and t = Σ v e, the scores are (s, −s, t): exchanging A and B negates s bit by bit and leaves t, so the
/// probabilities change places exactly.
struct LinearModel: Sendable {
    /// How terms are counted.
    let options: TermCounter.Options
    /// What was learned of the features.
    let scaling: FeatureScaling
    /// (w, v) of each column of a design.
    var weights: [SIMD2<Float>]
    /// The fold that was held out in training; nil where none was.
    let heldOutFold: Int?

    init(
        options: TermCounter.Options, scaling: FeatureScaling, weights: [SIMD2<Float>], heldOutFold: Int?
    ) {
        precondition(weights.count == DesignColumns(bits: options.bits).count, "there is a weight per column")
        self.options = options
        self.scaling = scaling
        self.weights = weights
        self.heldOutFold = heldOutFold
    }

    /// The probabilities of rows.
    func probabilities(_ design: LinearDesign) -> [Probabilities] {
        design.matrix.products(0..<design.count, weights).map {
            Probabilities(scores: (preference: $0.x, tie: $0.y))
        }
    }
}
