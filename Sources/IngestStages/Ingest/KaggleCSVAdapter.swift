import Columns
import Comparisons

/// Turns records of a CSV file into rows.
struct KaggleCSVAdapter: Sendable {
    private let rules: IngestRules
    private let header: [String]
    private let id: Int
    private let lists: [(name: String, index: Int)]
    private let winners: [(name: String, index: Int)]
    /// The columns with the label as a word.
    private let words: [(name: String, index: Int)]
    private let texts: [(column: TextColumn, index: Int)]

    /// An optional column with a single text.
    private enum TextColumn: String, CaseIterable {
        case modelA = "model_a"
        case modelB = "model_b"
        case source, language, group
    }

    /// An adapter for a header that has all required columns.
    init(header: [String], rules: IngestRules) {
        func columns(_ names: [String]) -> [(name: String, index: Int)] {
            names.compactMap { name in header.firstIndex { $0 == name }.map { (name, $0) } }
        }
        self.rules = rules
        self.header = header
        id = columns(["id"]).first?.index ?? 0
        lists = columns(["prompt", "response_a", "response_b"])
        let isUnlabelled = rules.labels == .absent
        winners = isUnlabelled ? [] : columns(IngestFormat.winners)
        words = isUnlabelled ? [] : columns(IngestFormat.words)
        texts = TextColumn.allCases.compactMap { column in
            columns([column.rawValue]).first.map { (column, $0.index) }
        }
    }

    /// The rows of a piece of the file.
    @Sendable func batch(_ piece: CSVBatch) -> IngestBatch {
        var batch = IngestBatch(rules)
        var scratch: [UInt8] = []
        // Fields end at ASCII characters: if the records are valid UTF-8, so is every field.
        let records = piece.bytes.span.extracting(0..<(piece.fields.last?.end ?? 0))
        let isText = (try? UTF8Span(validating: records)) != nil && !piece.hasNUL
        for index in 0..<piece.count {
            batch.add(row: piece.firstRow + index) { (draft) throws(Reject) in
                try fill(&draft, piece, index, isText: isText, &scratch)
            }
        }
        return batch
    }

    /// The number of records, and of those whose prompt and answers all look like lists.
    func listRows(_ piece: CSVBatch) -> (rows: Int, lists: Int) {
        let found = (0..<piece.count).count { record in
            let fields = piece.record(record)
            // Doubled quotes do not matter to the look.
            return fields.count == header.count
                && lists.allSatisfy { TurnTexts.isList(piece.raw(fields[fields.startIndex + $0.index])) }
        }
        return (piece.count, found)
    }

    private func fill(
        _ draft: inout IngestDraft, _ piece: CSVBatch, _ record: Int, isText: Bool, _ scratch: inout [UInt8]
    ) throws(Reject) {
        let fields = piece.fieldRange(record)
        try piece.check(record, header: header)
        func field(_ index: Int) -> CSVBatch.Field { piece.fields[fields.lowerBound + index] }
        func valid(_ text: ArraySlice<UInt8>, _ name: String) throws(Reject) -> ArraySlice<UInt8> {
            guard text.count <= rules.maximumCellBytes else {
                throw Reject(.oversizeCell, "\(text.count) bytes", column: name, cell: text)
            }
            if !isText {
                if text.contains(0) { throw Reject(.nulByte, column: name, cell: text) }
                try UTF8Check.validate(text, name)
            }
            return text
        }
        func text(_ index: Int) throws(Reject) -> ArraySlice<UInt8> {
            var copy: [UInt8] = []
            return try valid(piece.text(field(index), scratch: &copy), header[index])
        }
        draft.id = try text(id)
        for (position, (name, index)) in lists.enumerated() {
            let field = field(index)
            var applied = AppliedRules()
            func read(_ list: inout StringListBuffer, _ scratch: inout [UInt8]) throws(Reject) {
                if isText, !rules.takesPlainTexts, field.hasDoubledQuotes,
                    field.end - field.start <= rules.maximumCellBytes,
                    list.decodeQuickly(
                        piece.raw(field), quotesAreDoubled: true, limit: StringListBuffer.elementLimit)
                {
                    return
                }
                let cell = try valid(piece.text(field, scratch: &scratch), name)
                if rules.takesPlainTexts { return TurnTexts.readPlain(cell, &list, &applied) }
                do {
                    try TurnTexts.read(cell, &list, &applied)
                } catch {
                    throw Reject(.malformedCell, "\(error)", column: name, cell: cell)
                }
            }
            switch position {
            case 0: try read(&draft.prompt, &scratch)
            case 1: try read(&draft.responseA, &scratch)
            default: try read(&draft.responseB, &scratch)
            }
            draft.rules.formUnion(applied)
        }
        for (column, index) in texts {
            let value = try text(index)
            guard !value.isEmpty else { continue }
            switch column {
            case .modelA: draft.modelA = value
            case .modelB: draft.modelB = value
            case .source: draft.source = value
            case .language: draft.language = value
            case .group: draft.group = value
            }
        }
        draft.label = try label(text, &draft.rules)
    }

    private func label(
        _ text: (Int) throws(Reject) -> ArraySlice<UInt8>, _ applied: inout AppliedRules
    ) throws(Reject) -> ComparisonLabel? {
        guard !winners.isEmpty || !words.isEmpty else { return nil }
        let perColumn = rules.perColumn
        var labels: [ComparisonLabel?] = []
        if winners.count == 3 {
            func mark(_ position: Int) throws(Reject) -> Bool {
                try IngestRules.mark(text(winners[position].index), winners[position].name)
            }
            labels.append(try perColumn.label(a: mark(0), b: mark(1), tie: mark(2)))
        }
        for (name, index) in words {
            let word = String(decoding: try text(index), as: UTF8.self)
            labels.append(try perColumn.label(winner: word, column: name, &applied))
        }
        return try rules.label(of: labels)
    }
}
