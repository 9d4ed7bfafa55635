import Comparisons

/// Turns records of a CSV file into rows.
struct KaggleCSVAdapter: Sendable {
    private let rules: IngestRules
    private let fieldCount: Int
    private let id: Int
    private let prompt: Int
    private let responseA: Int
    private let responseB: Int
    private let winners: [(name: String, index: Int)]
    /// The column with the label as a word, if there are no marks.
    private let label: Int?
    private let texts: [(column: TextColumn, index: Int)]

    /// An optional column with a single text.
    private enum TextColumn: String, CaseIterable {
        case modelA = "model_a"
        case modelB = "model_b"
        case source, language, group
    }

    /// An adapter for a header that has all required columns.
    init(header: [String], rules: IngestRules) throws {
        func index(_ name: String) -> Int { header.firstIndex(of: name) ?? -1 }
        self.rules = rules
        fieldCount = header.count
        id = index("id")
        prompt = index("prompt")
        responseA = index("response_a")
        responseB = index("response_b")
        let hasMarks = header.contains(IngestFormat.winners[0])
        winners =
            rules.labels == .absent || !hasMarks ? [] : IngestFormat.winners.map { ($0, index($0)) }
        label = rules.labels == .absent || hasMarks ? nil : header.firstIndex(of: "label")
        texts = TextColumn.allCases.compactMap { column in
            header.firstIndex(of: column.rawValue).map { (column, $0) }
        }
    }

    /// The rows of a piece of the file.
    @Sendable func batch(_ piece: CSVBatch) -> IngestBatch {
        var batch = IngestBatch(rules)
        var scratch: [UInt8] = []
        // Fields end at ASCII characters: if the records are valid UTF-8, so is every field.
        let records = piece.bytes.span.extracting(0..<(piece.fields.last?.end ?? 0))
        let isUTF8 = (try? UTF8Span(validating: records)) != nil
        for index in 0..<piece.count {
            batch.add(row: piece.firstRow + index) { (draft) throws(Reject) in
                try fill(&draft, piece, index, isUTF8: isUTF8, &scratch)
            }
        }
        return batch
    }

    private func fill(
        _ draft: inout IngestDraft, _ piece: CSVBatch, _ record: Int, isUTF8: Bool, _ scratch: inout [UInt8]
    ) throws(Reject) {
        let fields = piece.fieldRange(record)
        guard fields.count == fieldCount else {
            throw Reject(.fieldCount, "\(fields.count) fields, the header has \(fieldCount)")
        }
        func field(_ index: Int) -> CSVBatch.Field { piece.fields[fields.lowerBound + index] }
        func valid(_ text: ArraySlice<UInt8>, _ name: String) throws(Reject) -> ArraySlice<UInt8> {
            if !isUTF8 { try UTF8Check.validate(text, name) }
            return text
        }
        func text(_ index: Int) -> ArraySlice<UInt8> {
            var copy: [UInt8] = []
            return piece.text(field(index), scratch: &copy)
        }
        draft.id = try valid(text(id), "id")
        func read(
            _ index: Int, _ name: String, _ list: inout StringListBuffer, _ scratch: inout [UInt8]
        ) throws(Reject) {
            let field = field(index)
            guard !field.isMalformed else { throw Reject(.malformedField, name) }
            guard field.end - field.start <= rules.maximumCellBytes else {
                throw Reject(.oversizeCell, "\(name): \(field.end - field.start) bytes")
            }
            let limit = StringListBuffer.elementLimit
            if isUTF8, field.hasDoubledQuotes,
                list.decodeQuickly(piece.raw(field), quotesAreDoubled: true, limit: limit)
            {
                return
            }
            let cell = try valid(piece.text(field, scratch: &scratch), name)
            do {
                try list.decode(cell)
            } catch {
                throw Reject(.malformedCell, "\(name): \(error)")
            }
        }
        try read(prompt, "prompt", &draft.prompt, &scratch)
        try read(responseA, "response_a", &draft.responseA, &scratch)
        try read(responseB, "response_b", &draft.responseB, &scratch)
        for (column, index) in texts {
            let value = try valid(text(index), column.rawValue)
            guard !value.isEmpty else { continue }
            switch column {
            case .modelA: draft.modelA = value
            case .modelB: draft.modelB = value
            case .source: draft.source = value
            case .language: draft.language = value
            case .group: draft.group = value
            }
        }
        if let label {
            let word = String(decoding: try valid(text(label), "label"), as: UTF8.self)
            draft.label = try rules.label(winner: word, &draft.rules)
        }
        guard !winners.isEmpty else { return }
        func mark(_ position: Int) throws(Reject) -> Bool {
            try IngestRules.mark(text(winners[position].index), winners[position].name)
        }
        draft.label = try rules.label(a: mark(0), b: mark(1), tie: mark(2))
    }
}
