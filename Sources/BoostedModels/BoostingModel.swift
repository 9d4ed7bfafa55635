package import GradientBoosting
package import Predictions
import StageKit

/// Trees that predict preferences, and what is needed to show them a row.
///
/// A *symmetric* model has two outputs, f and g, and looks at a row x and at its mirror image x′ in which A and B have changed
/// places: s = (f(x) − f(x′)) ÷ 2, t = offset + (g(x) + g(x′)) ÷ 2, and the scores of A, B and tie are (s, −s, t). So exchanging A
/// and B exchanges P(A) and P(B) to the last bit. One that is not has three outputs, the scores themselves.
package struct BoostingModel {
    package let isSymmetric: Bool
    /// What is added to each score of A, B and tie; of a symmetric model only the last is used.
    package let offsets: [Double]
    /// How many other models' predictions it looks at.
    package let memberCount: Int
    package let terms: CharacterTerms
    /// The fold that was held out in training; nil where none was.
    package let heldOutFold: Int?
    package let booster: Booster

    package init(
        isSymmetric: Bool, offsets: [Double], memberCount: Int, terms: CharacterTerms, heldOutFold: Int?,
        booster: Booster
    ) {
        self.isSymmetric = isSymmetric
        self.offsets = offsets
        self.memberCount = memberCount
        self.terms = terms
        self.heldOutFold = heldOutFold
        self.booster = booster
    }

    /// The outputs of a booster.
    package static func outputs(isSymmetric: Bool) -> Int { isSymmetric ? 2 : 3 }

    /// The orientations that rows are shown in.
    package static func orientations(isSymmetric: Bool, isSwapped: Bool = false) -> [Bool] {
        isSymmetric ? [isSwapped, !isSwapped] : [isSwapped]
    }

    /// The scores of A, B and tie out of margins; a row's mirror image is `count` rows further.
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

    /// The probabilities of rows, with A and B exchanged beforehand where `isSwapped`, and not exchanged back.
    package func probabilities(_ features: BoostingFeatures, isSwapped: Bool) throws -> [Probabilities] {
        guard features.count > 0 else { return [] }
        guard booster.rounds == 0 || booster.columnCount == features.columnCount else {
            throw StageFailure("the model cannot be used: it was trained on other columns")
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
