import Comparisons

/// `xinlai/Math-Step-DPO-10K`: the prompt is the question plus the first steps of reasoning on the next line; the
/// answers are the full chosen and rejected solutions. Sides are exchanged at random, as in ``ChosenRejectedAdapter``.
struct StepPreferencesAdapter: SourceAdapter {
    static let required = ["prompt", "initial_reason_steps", "full_chosen", "full_rejected"]
    static let optional = ["id", "source", "language", "group"]
    static let winner: String? = nil

    private let rules: IngestRules

    init(rules: IngestRules) { self.rules = rules }

    func fill(_ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int) throws(Reject) {
        let limit = rules.maximumCellBytes
        let id = try text(record, ["id"], limit: limit)
        draft.id = id?.isEmpty == false ? id ?? [] : IngestDraft.identifier(ofRow: row)
        draft.source = try text(record, ["source"], limit: limit)
        draft.language = try text(record, ["language"], limit: limit)
        draft.group = try text(record, ["group"], limit: limit)
        guard let prompt = try text(record, ["prompt"], limit: limit) else {
            throw Reject(.malformedCell, "null", column: "prompt")
        }
        let steps = try text(record, ["initial_reason_steps"], limit: limit) ?? []
        let whole = Array(prompt) + [0x0A] + steps
        draft.prompt.append(whole[...])
        draft.responseA.append(try text(record, ["full_chosen"], limit: limit))
        draft.responseB.append(try text(record, ["full_rejected"], limit: limit))
        draft.label = .a
        rules.exchangeByChance(&draft, row: row)
    }
}
