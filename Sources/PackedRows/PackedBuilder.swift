package import Columns
import Comparisons

/// Builds a packed table row by row.
package struct PackedBuilder: Sendable {
    private var id = StringColumn.Builder()
    private var part: [Int64] = []
    private var parts: [Int64] = []
    private var source = StringColumn.Builder()
    private var label = StringColumn.Builder()
    private var language = StringColumn.Builder()
    private var group = StringColumn.Builder()
    private var modelA = StringColumn.Builder()
    private var modelB = StringColumn.Builder()
    private var swapped: [Bool] = []
    private var turns: [Int64] = []
    private var totalTurns: [Int64] = []
    private var overflow: [Bool] = []
    private var truncated: [Bool] = []
    private var lengths: [Int?] = []
    private var prompt = StringColumn.Builder()
    private var responseA = StringColumn.Builder()
    private var responseB = StringColumn.Builder()
    private var text = StringColumn.Builder()
    private var scratch: [UInt8] = []
    private let answers: [Int32]?
    private var tokenCounts: [Int?] = []
    private var tokens: [Int64] = []

    /// A builder without rows; with `answers`, the tokens of labels and end, it has token columns.
    package init(answers: [Int32]? = nil) { self.answers = answers }

    /// Appends a row.
    package mutating func append(_ row: PackedRow) {
        let attributes = row.attributes
        id.append(utf8: attributes.id)
        part.append(Int64(row.part))
        parts.append(Int64(row.parts))
        source.append(utf8: attributes.source)
        label.append(attributes.label?.rawValue)
        PackedBuilder.append(attributes.language, to: &language)
        PackedBuilder.append(attributes.group, to: &group)
        PackedBuilder.append(attributes.modelA, to: &modelA)
        PackedBuilder.append(attributes.modelB, to: &modelB)
        swapped.append(row.isSwapped)
        turns.append(Int64(row.turns.count))
        totalTurns.append(Int64(row.totalTurns))
        overflow.append(row.isOverflow)
        truncated.append(row.isTruncated)
        lengths.append(row.turns.count)
        for turn in row.turns {
            prompt.append(utf8: turn.prompt)
            responseA.append(utf8: turn.responseA)
            responseB.append(utf8: turn.responseB)
        }
        if let shown = row.text {
            text.append(utf8: shown)
        } else {
            scratch.removeAll(keepingCapacity: true)
            for turn in row.turns { TurnBlock.append(turn, to: &scratch) }
            text.append(utf8: scratch)
        }
        if answers != nil {
            tokenCounts.append(row.tokens.count)
            tokens += row.tokens.lazy.map { Int64($0) }
        }
    }

    /// The table.
    package consuming func finish() throws(ColumnsError) -> Table {
        var columns: [(String, Column)] = [
            ("id", .string(id.finish())), ("part", .integer(IntegerColumn(part))),
            ("parts", .integer(IntegerColumn(parts))), ("source", .string(source.finish())),
            ("label", .string(label.finish())), ("language", .string(language.finish())),
            ("group", .string(group.finish())), ("model_a", .string(modelA.finish())),
            ("model_b", .string(modelB.finish())), ("swapped", .boolean(BooleanColumn(swapped))),
            ("turns", .integer(IntegerColumn(turns))), ("total_turns", .integer(IntegerColumn(totalTurns))),
            ("overflow", .boolean(BooleanColumn(overflow))),
            ("truncated", .boolean(BooleanColumn(truncated))),
            ("prompt", .list(ListColumn(lengths: lengths, elements: .string(prompt.finish())))),
            ("response_a", .list(ListColumn(lengths: lengths, elements: .string(responseA.finish())))),
            ("response_b", .list(ListColumn(lengths: lengths, elements: .string(responseB.finish())))),
            ("text", .string(text.finish())),
        ]
        if let answers {
            let counts = [Int?](repeating: answers.count, count: lengths.count)
            let ids = lengths.flatMap { _ in answers.map { Int64($0) } }
            columns += [
                (
                    "tokens",
                    .list(ListColumn(lengths: tokenCounts, elements: .integer(IntegerColumn(tokens))))
                ),
                ("answers", .list(ListColumn(lengths: counts, elements: .integer(IntegerColumn(ids))))),
            ]
        }
        return try Table(columns)
    }

    private static func append(_ text: ArraySlice<UInt8>?, to builder: inout StringColumn.Builder) {
        if let text { builder.append(utf8: text) } else { builder.appendNull() }
    }
}
