import Columns
package import FeatureTables
package import GradientBoosting
package import PackedRows
package import Predictions
import StageKit

/// The features of boosted trees: statistics of the texts, character n-grams, other models' predictions, and tables of
/// features.
///
/// A row's columns are those of the response shown first, of the one shown second, their differences, the prompt's, the
/// pair's, and per other model the log odds of the first against the second and of a tie; then the n-grams, and the
/// columns of each table. If A and B are exchanged, the first two groups change places, and differences and odds change
/// sign.
package struct BoostingFeatures: Sendable {
    private let numbers: ComparisonNumbers
    /// Per other model, its probabilities for each row.
    private let members: [[Probabilities]]
    private let terms: CharacterTerms.Rows
    private let tables: [TextVectors]

    /// The number of rows.
    package var count: Int { numbers.count }
    /// The number of columns.
    package var columnCount: Int {
        Self.fixedCount + 2 * members.count + 2 * terms.width + tables.reduce(0) { $0 + $1.columnCount }
    }

    /// The numbers of features of each table.
    package var tableWidths: [RowFeatures.Widths] { tables.map(\.widths) }

    private static let response = ComparisonNumbers.responseNames.count
    private static let fixedCount =
        3 * response + ComparisonNumbers.promptNames.count + ComparisonNumbers.pairNames.count

    /// The features of some rows.
    package init(
        of table: PackedTable, rows: [Int], members: [[Probabilities]], terms: CharacterTerms,
        tables: [RowFeatures], threads: Int, progress: @Sendable (Int) -> Void = { _ in }
    ) throws {
        numbers = try ComparisonNumbers(of: table, rows: rows, threads: threads, progress: progress)
        self.members = members
        self.terms = try terms.rows(table, rows, threads: threads)
        self.tables = tables.map { TextVectors($0) }
    }

    /// The names of the columns.
    package static func names(
        members: Int, terms: CharacterTerms, tables: [RowFeatures.Widths]
    ) -> [String] {
        let response = ComparisonNumbers.responseNames
        var names = response.map { "first: \($0)" } + response.map { "second: \($0)" }
        names += response.map { "difference: \($0)" }
        names += ComparisonNumbers.promptNames.map { "prompt: \($0)" }
        names += ComparisonNumbers.pairNames.map { "pair: \($0)" }
        for member in 0..<members {
            names += ["model \(member + 1): preference", "model \(member + 1): tie"]
        }
        names += terms.names.map { "texts: '\($0)'" } + terms.names.map { "difference: '\($0)'" }
        for (index, widths) in tables.enumerated() {
            names += TextVectors.names(widths, number: index + 1)
        }
        return names
    }

    /// The rows as shown, or with A and B exchanged, or both, one after the other.
    package func matrix(_ orientations: [Bool], rows: [Int]) throws -> BoostingMatrix {
        var values: [Float] = []
        values.reserveCapacity(orientations.count * rows.count * columnCount)
        for isSwapped in orientations {
            for row in rows { append(row, isSwapped: isSwapped, to: &values) }
        }
        return try BoostingMatrix(values, columns: columnCount)
    }

    private func append(_ row: Int, isSwapped: Bool, to values: inout [Float]) {
        let base = row * ComparisonNumbers.width
        let all = numbers.values
        let first = base + (isSwapped ? Self.response : 0)
        let second = base + (isSwapped ? 0 : Self.response)
        values += all[first..<(first + Self.response)]
        values += all[second..<(second + Self.response)]
        for index in 0..<Self.response { values.append(all[first + index] - all[second + index]) }
        values += all[(base + 2 * Self.response)..<(base + ComparisonNumbers.width)]
        for member in members {
            let (preference, tie) = member[row].logOdds
            values.append(Float(isSwapped ? -preference : preference))
            values.append(Float(tie))
        }
        terms.append(row, isSwapped: isSwapped, to: &values)
        for table in tables { table.append(row, isSwapped: isSwapped, to: &values) }
    }
}
