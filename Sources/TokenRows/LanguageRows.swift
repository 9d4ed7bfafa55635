package import Checkpoints
import Columns
package import PackedRows
import StageKit

/// The rows of a packed table as input of a language model, validated against the model.
package struct LanguageRows: Sendable {
    package let table: PackedTable
    /// The tokens of "A is better", "B is better" and "tie".
    package let answers: [Int]
    /// The token after the answer, if the template has one.
    package let end: Int?
    private let tokens: TokenLists

    /// The rows of a table.
    ///
    /// - Parameter port: the input that the table came from, for messages.
    /// - Throws: `StageFailure` if it was packed without tokens, or for another model.
    package init(_ table: PackedTable, port: String, for configuration: ModelConfiguration) throws {
        guard let tokens = table.tokens, let answers = table.answers else {
            throw StageFailure(
                "\(port): the table has no tokens; connect the checkpoint to the input 'tokenizer' of 'pack', and set a 'template'"
            )
        }
        let first = table.count > 0 ? answers.ids(ofRow: 0) : []
        guard table.count == 0 || first.count == 3 || first.count == 4 else {
            throw StageFailure(
                "\(port): a row has \(first.count) answers instead of A, B, tie and possibly an end token")
        }
        for row in 0..<table.count {
            guard answers.ids(ofRow: row) == first else {
                throw StageFailure(
                    "\(port): row \(row + 1) has different answers than row 1; pack all rows together")
            }
            let ids = tokens.ids(ofRow: row)
            guard !ids.isEmpty, ids.count + 2 <= configuration.maximumPositions else {
                throw StageFailure(
                    "\(port): row \(row + 1) has \(ids.count) tokens; the model supports 1 to \(configuration.maximumPositions - 2), so choose 'maximumTokens' of 'pack' accordingly"
                )
            }
            if let id = (ids + first).first(where: { Int($0) >= configuration.vocabularySize }) {
                throw StageFailure(
                    "\(port): the token \(id) of row \(row + 1) is outside the model's vocabulary of \(configuration.vocabularySize); pack with this model's tokenizer"
                )
            }
        }
        self.table = table
        self.tokens = tokens
        self.answers = first.prefix(3).map { Int($0) }
        end = first.count == 4 ? Int(first[3]) : nil
    }

    /// The number of rows.
    package var count: Int { table.count }

    /// The id of a row's comparison.
    package func id(_ row: Int) -> String { table.id[row] ?? "" }

    /// The tokens of a row, up to the position of the answer.
    package func prompt(_ row: Int) -> [Int] { tokens.ids(ofRow: row).map { Int($0) } }

    /// The number of these tokens.
    package func length(_ row: Int) -> Int { tokens.count(ofRow: row) }

    /// The index of each row of this table in another one, by comparison and part.
    ///
    /// - Throws: `StageFailure` if the other table lacks one, or has the same orientation.
    package func counterparts(in other: LanguageRows, port: String) throws -> [Int] {
        struct Place: Hashable {
            let id: String
            let part: Int64
        }
        var places: [Place: Int] = [:]
        for row in 0..<other.count {
            places[Place(id: other.id(row), part: other.table.part.values[row])] = row
        }
        return try (0..<count).map { row in
            guard let found = places[Place(id: id(row), part: table.part.values[row])] else {
                throw StageFailure("\(port): the row '\(id(row))' is missing; pack the same comparisons")
            }
            guard table.swapped.values[row] != other.table.swapped.values[found] else {
                throw StageFailure(
                    "\(port): '\(id(row))' has the same orientation as in 'rows'; pack it with the other 'orientation'"
                )
            }
            return found
        }
    }
}
