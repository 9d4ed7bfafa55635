package import Columns

/// Builds a comparison table row by row, from bytes or from values.
package struct ComparisonBuilder: Sendable {
    /// The attributes of a row besides its turns, as UTF-8.
    package struct Attributes: Sendable {
        /// The row's id.
        package var id: ArraySlice<UInt8>
        /// The source.
        package var source: ArraySlice<UInt8>
        /// The model of response A.
        package var modelA: ArraySlice<UInt8>?
        /// The model of response B.
        package var modelB: ArraySlice<UInt8>?
        /// The winner.
        package var label: ComparisonLabel?
        /// The language.
        package var language: ArraySlice<UInt8>?
        /// The group.
        package var group: ArraySlice<UInt8>?

        package init(
            id: ArraySlice<UInt8>, source: ArraySlice<UInt8>, modelA: ArraySlice<UInt8>? = nil,
            modelB: ArraySlice<UInt8>? = nil, label: ComparisonLabel? = nil,
            language: ArraySlice<UInt8>? = nil, group: ArraySlice<UInt8>? = nil
        ) {
            self.id = id
            self.source = source
            self.modelA = modelA
            self.modelB = modelB
            self.label = label
            self.language = language
            self.group = group
        }
    }

    private var id = StringColumn.Builder()
    private var source = StringColumn.Builder()
    private var modelA = StringColumn.Builder()
    private var modelB = StringColumn.Builder()
    private var lengths: [Int?] = []
    private var prompt = StringColumn.Builder()
    private var responseA = StringColumn.Builder()
    private var responseB = StringColumn.Builder()
    private var label = StringColumn.Builder()
    private var language = StringColumn.Builder()
    private var group = StringColumn.Builder()

    /// A builder without rows.
    package init() {}

    /// The number of rows.
    package var count: Int { lengths.count }

    /// Appends a row; the caller ensures that the three lists have the same length.
    package mutating func append(
        _ attributes: Attributes, prompt: StringListBuffer, responseA: StringListBuffer,
        responseB: StringListBuffer
    ) {
        precondition(
            prompt.count == responseA.count && prompt.count == responseB.count,
            "a row's lists have the same length")
        id.append(utf8: attributes.id)
        source.append(utf8: attributes.source)
        ComparisonBuilder.append(attributes.modelA, to: &modelA)
        ComparisonBuilder.append(attributes.modelB, to: &modelB)
        lengths.append(prompt.count)
        prompt.append(to: &self.prompt)
        responseA.append(to: &self.responseA)
        responseB.append(to: &self.responseB)
        label.append(attributes.label?.rawValue)
        ComparisonBuilder.append(attributes.language, to: &language)
        ComparisonBuilder.append(attributes.group, to: &group)
    }

    /// Appends a row from strings.
    package mutating func append(_ row: Comparison) {
        func bytes(_ text: String?) -> ArraySlice<UInt8>? { text.map { Array($0.utf8)[...] } }
        func list(_ texts: [String?]) -> StringListBuffer {
            var buffer = StringListBuffer()
            for text in texts { buffer.append(bytes(text)) }
            return buffer
        }
        append(
            Attributes(
                id: Array(row.id.utf8)[...], source: Array(row.source.utf8)[...], modelA: bytes(row.modelA),
                modelB: bytes(row.modelB), label: row.label, language: bytes(row.language),
                group: bytes(row.group)),
            prompt: list(row.prompt), responseA: list(row.responseA), responseB: list(row.responseB))
    }

    /// The table.
    package consuming func finish() throws(ColumnsError) -> Table {
        try Table([
            ("id", .string(id.finish())), ("source", .string(source.finish())),
            ("model_a", .string(modelA.finish())), ("model_b", .string(modelB.finish())),
            ("prompt", .list(ListColumn(lengths: lengths, elements: .string(prompt.finish())))),
            ("response_a", .list(ListColumn(lengths: lengths, elements: .string(responseA.finish())))),
            ("response_b", .list(ListColumn(lengths: lengths, elements: .string(responseB.finish())))),
            ("label", .string(label.finish())), ("language", .string(language.finish())),
            ("group", .string(group.finish())),
        ])
    }

    /// A table of some rows.
    package static func table(of rows: [Comparison]) throws(ColumnsError) -> Table {
        var builder = ComparisonBuilder()
        for row in rows { builder.append(row) }
        return try builder.finish()
    }

    private static func append(_ text: ArraySlice<UInt8>?, to builder: inout StringColumn.Builder) {
        if let text { builder.append(utf8: text) } else { builder.appendNull() }
    }
}
