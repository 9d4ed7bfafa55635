package import FeatureTables
package import GradientBoosting
package import Predictions
import StageKit

/// Trees that predict preferences, and what is needed to compute a row's features.
///
/// A *symmetric* model has two outputs, f and g, evaluated on a row x and on its mirror image x′, in which A and B are
/// exchanged: s = (f(x) − f(x′)) ÷ 2, t = offset + (g(x) + g(x′)) ÷ 2, and the scores of A, B and tie are (s, −s, t).
/// So exchanging A and B exchanges P(A) and P(B) to the last bit. Other models have three outputs, which are the scores
/// themselves.
package struct BoostingModel {
    package let isSymmetric: Bool
    /// Added to the scores of A, B and tie; a symmetric model uses only the last.
    package let offsets: [Double]
    /// The number of other models whose predictions it uses.
    package let memberCount: Int
    package let terms: CharacterTerms
    /// The numbers of features of each table that it uses.
    package let tables: [RowFeatures.Widths]
    /// The fold held out in training; nil if there was none.
    package let heldOutFold: Int?
    package let booster: Booster

    package init(
        isSymmetric: Bool, offsets: [Double], memberCount: Int, terms: CharacterTerms,
        tables: [RowFeatures.Widths], heldOutFold: Int?, booster: Booster
    ) {
        self.isSymmetric = isSymmetric
        self.offsets = offsets
        self.memberCount = memberCount
        self.terms = terms
        self.tables = tables
        self.heldOutFold = heldOutFold
        self.booster = booster
    }

    /// The number of outputs of the booster.
    package static func outputs(isSymmetric: Bool) -> Int { isSymmetric ? 2 : 3 }

    /// The orientations in which rows are evaluated.
    package static func orientations(isSymmetric: Bool, isSwapped: Bool = false) -> [Bool] {
        isSymmetric ? [isSwapped, !isSwapped] : [isSwapped]
    }

    /// The scores of A, B and tie from margins; a row's mirror image is `count` rows further.
    package static func scores(
        _ margins: [Float], row: Int, count: Int, isSymmetric: Bool, offsets: [Double]
    ) -> (a: Double, b: Double, tie: Double) {
        if isSymmetric {
            let mirror = row + count
            let preference = (Double(margins[2 * row]) - Double(margins[2 * mirror])) / 2
            let tie = offsets[2] + (Double(margins[2 * row + 1]) + Double(margins[2 * mirror + 1])) / 2
            return (preference, -preference, tie)
        }
        return (
            offsets[0] + Double(margins[3 * row]), offsets[1] + Double(margins[3 * row + 1]),
            offsets[2] + Double(margins[3 * row + 2])
        )
    }

    /// The probabilities of rows, with A and B exchanged if `isSwapped`, and not exchanged back.
    package func probabilities(_ features: BoostingFeatures, isSwapped: Bool) throws -> [Probabilities] {
        guard features.count > 0 else { return [] }
        guard booster.rounds == 0 || booster.columnCount == features.columnCount else {
            throw StageFailure("the model cannot be used: it was trained on different columns")
        }
        let matrix = try features.matrix(
            Self.orientations(isSymmetric: isSymmetric, isSwapped: isSwapped),
            rows: Array(0..<features.count))
        let margins = try booster.margins(matrix)
        return (0..<features.count).map { row in
            let scores = Self.scores(
                margins, row: row, count: features.count, isSymmetric: isSymmetric, offsets: offsets)
            return isSymmetric
                ? Probabilities(scores: (preference: scores.a, tie: scores.tie))
                : Probabilities(scores: scores)
        }
    }
}

@available(*, unavailable) extension BoostingModel: Sendable {}
