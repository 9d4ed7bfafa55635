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
        var marks: [String: Bool] = [:]
        var word: String?
        var hasLists = Set<String>()
        do {
            var scanner = JSONScanner(bytes)
            try scanner.expect(UInt8(ascii: "{"), "'{'")
            if !scanner.skip(UInt8(ascii: "}")) {
                repeat {
                    let name = try key(&scanner)
                    try scanner.expect(UInt8(ascii: ":"), "':'")
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
                        word = String(decoding: try scalar(&scanner) ?? [], as: UTF8.self)
                    case "winner_model_a", "winner_model_b", "winner_tie":
                        marks[name] = try mark(&scanner, name)
                    default: try scanner.skipValue()
                    }
                    if ["prompt", "response_a", "response_b"].contains(name) {
                        hasLists.insert(name)
                        guard scanner.position - start <= rules.maximumCellBytes else {
                            throw Reject(.oversizeCell, "\(name): \(scanner.position - start) bytes")
                        }
                    }
                } while scanner.skip(UInt8(ascii: ","))
                try scanner.expect(UInt8(ascii: "}"), "',' or '}'")
            }
            guard scanner.peek() == nil else { throw scanner.unexpected("expected the end of the record") }
        } catch let fault as JSONFault {
            throw Reject(.malformedCell, "\(fault)")
        } catch let reject as Reject {
            throw reject
        } catch {
            throw Reject(.malformedCell, "\(error)")
        }
        for name in ["prompt", "response_a", "response_b"] where !hasLists.contains(name) {
            throw Reject(.malformedCell, "there is no '\(name)'")
        }
        if let word {
            draft.label = try rules.label(winner: word, &draft.rules)
        } else {
            draft.label = try rules.label(
                a: marks["winner_model_a"] ?? false, b: marks["winner_model_b"] ?? false,
                tie: marks["winner_tie"] ?? false)
        }
    }

    private func key(_ scanner: inout JSONScanner) throws(JSONFault) -> String {
        var text: [UInt8] = []
        try scanner.string(appendingTo: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// A text, or a number or word as written; nil for null.
    private func scalar(_ scanner: inout JSONScanner) throws(JSONFault) -> ArraySlice<UInt8>? {
        if scanner.skip(word: "null") { return nil }
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

    private func mark(_ scanner: inout JSONScanner, _ name: String) throws -> Bool {
        guard let text = try scalar(&scanner) else { return false }
        return try IngestRules.mark(text, name)
    }
}
