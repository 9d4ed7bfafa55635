import Comparisons
import JSON

/// Turns JSON records such as `{"id":"7","prompt":["…"],"response_a":["…"],"response_b":["…"],"label":"a"}` into rows.
struct JSONRecordAdapter: Sendable {
    let rules: IngestRules

    /// The rows of a piece of the file.
    @Sendable func batch(_ piece: JSONLinesFile.Piece) -> IngestBatch {
        var batch = IngestBatch(rules)
        for (index, record) in piece.records.enumerated() {
            let bytes = piece.bytes[record]
            let isBlank = bytes.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
            if isBlank { continue }
            batch.add(row: piece.firstRow + index) { (draft) throws(Reject) in try fill(&draft, bytes) }
        }
        return batch
    }

    /// The number of records, and of those whose prompt and answers all look like lists.
    func listRows(_ piece: JSONLinesFile.Piece) -> (rows: Int, lists: Int) {
        let found = piece.records.count { range in
            let bytes = piece.bytes[range]
            guard (try? UTF8Check.validate(bytes, "record")) != nil,
                let record = try? RecordValue.parsing(record: bytes, names: Set(Self.lists))
            else { return false }
            return Self.lists.allSatisfy { name in
                switch record[name] {
                case .list: true
                case .text(let text): TurnTexts.isList(text)
                default: false
                }
            }
        }
        return (piece.records.count, found)
    }

    private func fill(_ draft: inout IngestDraft, _ bytes: ArraySlice<UInt8>) throws(Reject) {
        guard !bytes.contains(0) else { throw Reject(.nulByte, cell: bytes) }
        try UTF8Check.validate(bytes, "record")
        var marks: [String: ArraySlice<UInt8>] = [:]
        var markCount = 0
        var words: [(name: String, word: String)] = []
        // The fault in a list inside a text, which the scanner does not parse.
        var broken: Reject?
        var sizes: [String: Int] = [:]
        do {
            var scanner = JSONScanner(bytes)
            var seen: [String] = []
            try scanner.object { (scanner, key) throws(JSONFault) in
                let name = String(decoding: key, as: UTF8.self)
                guard Self.names.contains(name) else { return try scanner.skipValue() }
                guard !seen.contains(name) else { throw scanner.fault("duplicate name '\(name)'") }
                seen.append(name)
                _ = scanner.peek()
                let start = scanner.position
                switch name {
                case "prompt": try turns(name, &scanner, &draft.prompt, &draft.rules, &broken)
                case "response_a": try turns(name, &scanner, &draft.responseA, &draft.rules, &broken)
                case "response_b": try turns(name, &scanner, &draft.responseB, &draft.rules, &broken)
                case "id": draft.id = try scalar(&scanner) ?? []
                case "model_a": draft.modelA = try scalar(&scanner)
                case "model_b": draft.modelB = try scalar(&scanner)
                case "source": draft.source = try scalar(&scanner)
                case "language": draft.language = try scalar(&scanner)
                case "group": draft.group = try scalar(&scanner)
                case "label", "winner":
                    draft.rules.insert(.labelField)
                    words.append((name, String(decoding: try scalar(&scanner) ?? [], as: UTF8.self)))
                default:
                    draft.rules.insert(.labelField)
                    markCount += 1
                    marks[name] = try scalar(&scanner)
                }
                sizes[name] = scanner.position - start
            }
            try scanner.expectEnd(of: "record")
        } catch {
            throw Reject(.malformedCell, "\(error)", cell: bytes)
        }
        if let broken { throw broken }
        for name in Self.lists where sizes[name] == nil {
            throw Reject(.malformedCell, "'\(name)' is missing")
        }
        for (name, size) in sizes.sorted(by: { $0.key < $1.key }) where size > rules.maximumCellBytes {
            throw Reject(.oversizeCell, "\(size) bytes", column: name)
        }
        guard markCount == 0 || markCount == IngestFormat.winners.count || rules.labels == .absent else {
            let names = IngestFormat.winners.joined(separator: ", ")
            throw Reject(.invalidWinner, "the record has only some of the fields \(names)")
        }
        let perColumn = rules.perColumn
        var labels: [ComparisonLabel?] = []
        for (name, word) in words {
            labels.append(try perColumn.label(winner: word, column: name, &draft.rules))
        }
        func mark(_ name: String) throws(Reject) -> Bool {
            guard let text = marks[name] else { return false }
            return try IngestRules.mark(text, name)
        }
        labels.append(
            try perColumn.label(
                a: mark("winner_model_a"), b: mark("winner_model_b"), tie: mark("winner_tie")))
        draft.label = try rules.label(of: labels)
    }

    /// Reads the texts of a prompt or an answer: a list, or a text with a list or with one turn in it.
    private func turns(
        _ name: String, _ scanner: inout JSONScanner, _ list: inout StringListBuffer,
        _ applied: inout AppliedRules, _ broken: inout Reject?
    ) throws(JSONFault) {
        if scanner.peek() == UInt8(ascii: "[") { return try list.decodeList(from: &scanner) }
        if rules.takesPlainTexts, scanner.skip(word: "null") {
            return TurnTexts.readPlain(nil, &list, &applied)
        }
        guard scanner.peek() == UInt8(ascii: "\"") else {
            throw scanner.unexpected("expected a list or a text")
        }
        var cell: [UInt8] = []
        try scanner.string(appendingTo: &cell)
        if rules.takesPlainTexts { return TurnTexts.readPlain(cell[...], &list, &applied) }
        do {
            try TurnTexts.read(cell[...], &list, &applied)
        } catch {
            broken = broken ?? Reject(.malformedCell, "\(error)", column: name, cell: cell[...])
        }
    }

    private static let lists = ["prompt", "response_a", "response_b"]
    private static let names = Set(
        lists + ["id", "model_a", "model_b", "source", "language", "group", "label", "winner"]
            + IngestFormat.winners)

    /// A text, or a number or word as written; nil for null.
    private func scalar(_ scanner: inout JSONScanner) throws(JSONFault) -> ArraySlice<UInt8>? {
        if scanner.skip(word: "null") || scanner.skip(word: "NaN") { return nil }
        let first = scanner.peek()
        if first == UInt8(ascii: "\"") {
            var text: [UInt8] = []
            try scanner.string(appendingTo: &text)
            return text[...]
        }
        guard first != UInt8(ascii: "["), first != UInt8(ascii: "{") else {
            throw scanner.unexpected("expected a text or a number")
        }
        let start = scanner.position
        try scanner.skipValue()
        return scanner.bytes[start..<scanner.position]
    }
}
