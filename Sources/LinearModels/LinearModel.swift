package import Predictions
import Tensors
package import TextFeatures

/// A softmax regression over {A, B, tie} that treats A and B symmetrically.
///
/// Each feature has a part d that changes sign when A and B are exchanged, and a part e that does not. With s = Σ w d
/// and t = Σ v e, the scores are (s, −s, t): exchanging A and B negates s bit by bit and leaves t unchanged, so the
/// probabilities are exchanged exactly.
package struct LinearModel: Sendable {
    /// How terms are counted.
    package let options: TermCounter.Options
    /// The statistics of the features.
    package let scaling: FeatureScaling
    /// The statistics of the features of tables.
    package let tables: TableScaling
    /// (w, v) for each column of a design matrix.
    package var weights: [SIMD2<Float>]
    /// The fold that was held out in training; nil if there was none.
    package let heldOutFold: Int?

    package init(
        options: TermCounter.Options, scaling: FeatureScaling, tables: TableScaling = .none,
        weights: [SIMD2<Float>], heldOutFold: Int?
    ) {
        precondition(
            weights.count == DesignColumns(bits: options.bits, tables: tables.widths).count,
            "each column has a weight")
        self.options = options
        self.scaling = scaling
        self.tables = tables
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
