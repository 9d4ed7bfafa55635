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

    private func fill(_ draft: inout IngestDraft, _ bytes: ArraySlice<UInt8>) throws(Reject) {
        try UTF8Check.validate(bytes, "record")
        var marks: [String: ArraySlice<UInt8>] = [:]
        var word: String?
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
                case "prompt": try draft.prompt.decodeList(from: &scanner)
                case "response_a": try draft.responseA.decodeList(from: &scanner)
                case "response_b": try draft.responseB.decodeList(from: &scanner)
                case "id": draft.id = try scalar(&scanner) ?? []
                case "model_a": draft.modelA = try scalar(&scanner)
                case "model_b": draft.modelB = try scalar(&scanner)
                case "source": draft.source = try scalar(&scanner)
                case "language": draft.language = try scalar(&scanner)
                case "group": draft.group = try scalar(&scanner)
                case "label", "winner":
                    // A null next to a word has no meaning.
                    let text = try scalar(&scanner)
                    if text != nil || word == nil { word = String(decoding: text ?? [], as: UTF8.self) }
                default: marks[name] = try scalar(&scanner)
                }
                sizes[name] = scanner.position - start
            }
            try scanner.expectEnd(of: "record")
        } catch {
            throw Reject(.malformedCell, "\(error)")
        }
        for name in Self.lists {
            guard let size = sizes[name] else { throw Reject(.malformedCell, "'\(name)' is missing") }
            guard size <= rules.maximumCellBytes else {
                throw Reject(.oversizeCell, "\(name): \(size) bytes")
            }
        }
        if let word {
            draft.label = try rules.label(winner: word, &draft.rules)
            return
        }
        func mark(_ name: String) throws(Reject) -> Bool {
            guard let text = marks[name] else { return false }
            return try IngestRules.mark(text, name)
        }
        draft.label = try rules.label(
            a: mark("winner_model_a"), b: mark("winner_model_b"), tie: mark("winner_tie"))
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
