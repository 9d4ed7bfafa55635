import Comparisons
import Texts

/// Judgments of Arena-Hard: one record per question with one or two games, the second with exchanged sides.
///
/// A game's text contains the question and both answers between markers. In the first game, A is the baseline and B the
/// model; in the second, it is the other way round. The verdict is the game's `score`, or else the one in double
/// brackets in its `judgment`, if that is unambiguous. `A>>B` and `A<<B` are wins like `A>B` and `A<B`.
struct ArenaHardAdapter: SourceAdapter {
    static let required = ["question_id"]
    static let optional = [
        "games", "model", "judge", "baseline", "user_prompt", "judgment", "score", "language", "source",
    ]
    static let winner: String? = nil

    private static let markers = [
        "<|User Prompt|>", "<|The Start of Assistant A's Answer|>", "<|The End of Assistant A's Answer|>",
        "<|The Start of Assistant B's Answer|>", "<|The End of Assistant B's Answer|>",
    ].map { Array($0.utf8) }

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func parts(of record: RecordValue) -> Int {
        guard case .list(let games) = record["games"] else { return 1 }
        return max(1, games.count)
    }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        let question = try identifier(record, "question_id", limit: limit)
        let names = try [
            question, text(record, ["judge"], limit: limit), text(record, ["model"], limit: limit),
        ]
        draft.id =
            Array((names.compactMap { $0 } + [Array("\(part + 1)".utf8)[...]]).joined(separator: [0x2F]))[...]
        draft.group = Array("question-".utf8)[...] + question
        draft.source = try text(record, ["source"], limit: limit)
        draft.language = try text(record, ["language"], limit: limit)
        var game = record
        if case .list(let games) = record["games"] {
            guard part < games.count else { throw Reject(.noTurns, "there are no games") }
            game = games[part]
        }
        let model = try text(record, ["model"], limit: limit)
        let baseline = try text(record, ["baseline"], limit: limit)
        (draft.modelA, draft.modelB) = part % 2 == 0 ? (baseline, model) : (model, baseline)
        let pieces = try ArenaHardAdapter.pieces(prompt(game))
        draft.prompt.append(pieces[0])
        draft.responseA.append(pieces[1])
        draft.responseB.append(pieces[2])
        draft.label = try label(game, &draft.rules)
    }

    /// The text that the judge was shown: `user_prompt`, or the last message of `prompt`.
    private func prompt(_ game: RecordValue) throws(Reject) -> ArraySlice<UInt8> {
        var value = game["user_prompt", "prompt"]
        if case .list(let messages) = value { value = messages.last?["content"] }
        guard let bytes = value?.bytes else { throw Reject(.missingMarker, "there is no user_prompt") }
        guard bytes.count <= rules.maximumCellBytes else {
            throw Reject(.oversizeCell, "\(bytes.count) bytes", column: "user_prompt", cell: bytes)
        }
        try UTF8Check.validate(bytes, "user_prompt")
        return bytes
    }

    /// The question and the two answers between the markers. If a marker occurs several times, the last one counts.
    private static func pieces(_ text: ArraySlice<UInt8>) throws(Reject) -> [ArraySlice<UInt8>] {
        var places: [Range<Int>] = []
        var start = text.startIndex
        for (index, marker) in markers.enumerated() {
            let rest = text[start...]
            let place = index == markers.count - 1 ? last(marker, in: rest) : first(marker, in: rest)
            guard let place else {
                throw Reject(.missingMarker, String(decoding: marker, as: UTF8.self), cell: text)
            }
            places.append(place..<place + marker.count)
            start = place + marker.count
        }
        return [(0, 1), (1, 2), (3, 4)].map { begin, end in
            // Line breaks separate the text from the markers.
            text[places[begin].upperBound..<places[end].lowerBound].trimmed { $0 == 0x0A }
        }
    }

    private static func first(_ marker: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        text.indices.first { text[$0] == marker[0] && text[$0...].starts(with: marker) }
    }

    private static func last(_ marker: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        text.indices.last { text[$0] == marker[0] && text[$0...].starts(with: marker) }
    }

    private func label(_ game: RecordValue, _ applied: inout AppliedRules) throws(Reject) -> ComparisonLabel?
    {
        var verdict = game["score"]?.word ?? ""
        if verdict.isEmpty {
            let judgment = game["judgment"]
            let text = (judgment?["answer"] ?? judgment)?.bytes ?? []
            let found = Set(ArenaHardAdapter.verdicts(text))
            guard found.count <= 1 else {
                throw Reject(
                    .invalidWinner, "the judgment says \(found.sorted().joined(separator: " and "))")
            }
            verdict = found.first ?? ""
        }
        return try rules.label(verdict: verdict, &applied)
    }

    /// The verdicts in double brackets: `[[A>B]]`.
    private static func verdicts(_ text: ArraySlice<UInt8>) -> [String] {
        var found: [String] = []
        for index in text.indices where text[index...].starts(with: [0x5B, 0x5B]) {
            let inside = text[(index + 2)...].prefix(8).prefix { "AB<>=".utf8.contains($0) }
            guard !inside.isEmpty, text[inside.endIndex...].starts(with: [0x5D, 0x5D]) else { continue }
            found.append(String(decoding: inside, as: UTF8.self))
        }
        return found
    }
}
