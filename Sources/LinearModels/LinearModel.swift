package import Predictions
import Tensors
package import TextFeatures

/// A softmax regression over {A, B, tie} in which A and B are treated alike.
///
/// Each feature has a part d that changes its sign when A and B change places, and a part e that stays. With
/// s = Σ w d and t = Σ v e, the scores are (s, −s, t): exchanging A and B negates s bit by bit and leaves t, so the
/// probabilities change places exactly.
package struct LinearModel: Sendable {
    /// How terms are counted.
    package let options: TermCounter.Options
    /// What was learned of the features.
    package let scaling: FeatureScaling
    /// (w, v) of each column of a design.
    package var weights: [SIMD2<Float>]
    /// The fold that was held out in training; nil where none was.
    package let heldOutFold: Int?

    package init(
        options: TermCounter.Options, scaling: FeatureScaling, weights: [SIMD2<Float>], heldOutFold: Int?
    ) {
        precondition(weights.count == DesignColumns(bits: options.bits).count, "there is a weight per column")
        self.options = options
        self.scaling = scaling
        self.weights = weights
        self.heldOutFold = heldOutFold
    }

    /// The probabilities of rows.
    package func probabilities(_ design: LinearDesign) -> [Probabilities] {
        design.matrix.products(0..<design.count, weights).map {
            Probabilities(scores: (preference: $0.x, tie: $0.y))
        }
    }
}
