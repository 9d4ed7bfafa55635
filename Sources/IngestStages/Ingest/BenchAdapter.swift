import Comparisons

/// `lmsys/mt_bench_human_judgments`: judgments of the first turn, or of both, of a question's conversations.
///
/// A judgment of turn 1 is based on the first turn only, so later turns are dropped; one of turn 2 is based on both. A
/// question has many judgments: the row number makes the id unique, and the question is the group. Judges are people
/// (`author_…`, `expert_…`, or `type: human`) or models (`gpt4_pair`).
struct BenchAdapter: SourceAdapter {
    static let required = ["question_id", "judge", "turn", "conversation_a", "conversation_b"]
    static let optional = ["model_a", "model_b", "winner", "language", "source", "type"]
    static let winner: String? = "winner"

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        let question = try identifier(record, "question_id", limit: limit)
        draft.id = question + Array("-\(row)".utf8)
        let isHuman = BenchAdapter.isHuman(record)
        guard rules.judges == .all || (rules.judges == .human) == isHuman else {
            throw Reject(.otherJudge, record["judge"]?.word)
        }
        try fillAttributes(&draft, record, limit: limit)
        draft.group = Array("question-".utf8)[...] + question
        try ConversationPair(
            conversation(record, "conversation_a", limit: limit),
            conversation(record, "conversation_b", limit: limit)
        ).fill(&draft)
        guard let turn = record["turn"]?.number.flatMap({ Int(exactly: $0) }), turn >= 1,
            turn <= draft.prompt.count
        else {
            throw Reject(
                .malformedCell,
                "turn \(record["turn"]?.word ?? "null") of a conversation with \(draft.prompt.count)")
        }
        if turn < draft.prompt.count {
            draft.prompt.truncate(to: turn)
            draft.responseA.truncate(to: turn)
            draft.responseB.truncate(to: turn)
            draft.rules.insert(.laterTurnsLeftOut)
        }
        draft.label = try rules.label(winner: record["winner"]?.word, &draft.rules)
    }

    private static func isHuman(_ record: RecordValue) -> Bool {
        if let type = record["type"]?.word { return type == "human" }
        let judge = record["judge"]?.word ?? ""
        return judge.hasPrefix("author") || judge.hasPrefix("expert") || judge.hasPrefix("human")
    }
}
