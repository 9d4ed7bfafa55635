import Columns
package import PackedRows
package import StageKit
import Texts

/// The features that a table has for some rows of a packed table.
package struct RowFeatures: Sendable {
    /// How many features there are.
    package struct Widths: Sendable, Hashable {
        /// Of the prompt.
        package let prompt: Int
        /// Of each response.
        package let answer: Int

        /// The number of values in a row.
        package var total: Int { prompt + 2 * answer }

        /// Widths as a text, for the metadata of models.
        package static func text(_ widths: [Widths]) -> String {
            widths.map { "\($0.prompt)/\($0.answer)" }.joined(separator: " ")
        }

        /// The widths in a text; nil if it is malformed.
        package static func list(_ text: String) -> [Widths]? {
            var widths: [Widths] = []
            for part in text.utf8.split(separator: UInt8(ascii: " ")) {
                let numbers = part.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                    .map { Int(Substring($0)) }
                guard numbers.count == 2, let prompt = numbers[0], let answer = numbers[1],
                    (0...FeatureTable.maximumWidth).contains(prompt),
                    (0...FeatureTable.maximumWidth).contains(answer)
                else { return nil }
                widths.append(Widths(prompt: prompt, answer: answer))
            }
            return widths
        }
    }

    package let widths: Widths
    /// Row by row: the features of the prompt, of the response shown as A, and of the one shown as B.
    package let values: [Float]

    /// The features of some rows, from each table on the input `features`.
    ///
    /// - Throws: if a table is not one of features, or a row's comparison is missing from it.
    package static func all(
        _ context: StageContext, _ table: PackedTable, rows: [Int]
    ) throws -> [RowFeatures] {
        try context.allInputs("features").enumerated().map { number, input in
            try RowFeatures(FeatureTable(input.path), number: number + 1, table, rows: rows)
        }
    }

    init(_ features: FeatureTable, number: Int, _ table: PackedTable, rows: [Int]) throws {
        widths = Widths(prompt: features.promptWidth, answer: features.answerWidth)
        let positions = features.positions
        let a = features.promptWidth..<(features.promptWidth + features.answerWidth)
        let b = a.upperBound..<features.width
        var values: [Float] = []
        values.reserveCapacity(rows.count * features.width)
        for row in rows {
            let id = table.id[row] ?? ""
            guard let position = positions[id] else {
                throw StageFailure("features \(number): the row '\(id)' is missing")
            }
            let start = position * features.width
            let isSwapped = table.swapped.values[row]
            for part in [0..<a.lowerBound, isSwapped ? b : a, isSwapped ? a : b] {
                values += features.values[(start + part.lowerBound)..<(start + part.upperBound)]
            }
        }
        self.values = values
    }
}
