public import Columns

/// Builds a packed table row by row.
public struct PackedBuilder: Sendable {
    private var id = StringColumn.Builder()
    private var source = StringColumn.Builder()
    private var label = StringColumn.Builder()
    private var language = StringColumn.Builder()
    private var group = StringColumn.Builder()
    private var turns: [Int64] = []
    private var totalTurns: [Int64] = []
    private var overflow: [Bool?] = []
    private var lengths: [Int?] = []
    private var prompt = StringColumn.Builder()
    private var responseA = StringColumn.Builder()
    private var responseB = StringColumn.Builder()
    private var text = StringColumn.Builder()
    private var scratch: [UInt8] = []

    /// A builder of no rows.
    public init() {}

    /// Appends a row.
    ///
    /// - Parameters:
    ///   - attributes: what the comparison has besides its turns; the models are not kept.
    ///   - kept: prompt, response A and response B of each turn kept.
    ///   - total: how many turns there were.
    ///   - isOverflow: the one turn kept is too long by itself.
    public mutating func append(
        _ attributes: ComparisonBuilder.Attributes,
        kept: [(prompt: ArraySlice<UInt8>, responseA: ArraySlice<UInt8>, responseB: ArraySlice<UInt8>)],
        total: Int, isOverflow: Bool
    ) {
        id.append(utf8: attributes.id)
        source.append(utf8: attributes.source)
        label.append(attributes.label?.rawValue)
        PackedBuilder.append(attributes.language, to: &language)
        PackedBuilder.append(attributes.group, to: &group)
        turns.append(Int64(kept.count))
        totalTurns.append(Int64(total))
        overflow.append(isOverflow)
        lengths.append(kept.count)
        scratch.removeAll(keepingCapacity: true)
        for turn in kept {
            prompt.append(utf8: turn.prompt)
            responseA.append(utf8: turn.responseA)
            responseB.append(utf8: turn.responseB)
            TurnBlock.append(
                prompt: turn.prompt, responseA: turn.responseA, responseB: turn.responseB, to: &scratch)
        }
        text.append(utf8: scratch)
    }

    /// The table.
    public consuming func finish() throws(ColumnsError) -> Table {
        try Table([
            ("id", .string(id.finish())), ("source", .string(source.finish())),
            ("label", .string(label.finish())), ("language", .string(language.finish())),
            ("group", .string(group.finish())), ("turns", .integer(IntegerColumn(turns))),
            ("total_turns", .integer(IntegerColumn(totalTurns))),
            ("overflow", .boolean(BooleanColumn(overflow))),
            ("prompt", .list(ListColumn(lengths: lengths, elements: .string(prompt.finish())))),
            ("response_a", .list(ListColumn(lengths: lengths, elements: .string(responseA.finish())))),
            ("response_b", .list(ListColumn(lengths: lengths, elements: .string(responseB.finish())))),
            ("text", .string(text.finish())),
        ])
    }

    private static func append(_ text: ArraySlice<UInt8>?, to builder: inout StringColumn.Builder) {
        if let text { builder.append(utf8: text) } else { builder.appendNull() }
    }
}
