import PackedRows
import PromptTemplates
import StageKit
import Tokenizers

/// The tokenizer for counting, and the template if tokens are produced.
struct PackModel: Sendable {
    let conversations: ConversationEncoder
    let prompts: PromptEncoder?

    init(_ tokenizer: Tokenizer, _ template: PromptTemplate?) throws {
        prompts = try template.map { try PromptEncoder($0, tokenizer) }
        conversations = try prompts?.conversations ?? ConversationEncoder(tokenizer)
    }
}

/// Measures turns, and writes the text and tokens of those in the same row.
struct RowWriter: Sendable {
    /// A turn and its length.
    struct MeasuredTurn: Sendable {
        var texts: TurnTexts
        var length: Double
        /// Its tokens, if they are counted.
        var encoded: EncodedTurn?
    }

    private let budget: TokenBudget
    private let estimate: LengthEstimate
    private let model: PackModel?
    private let packing: TurnPacking
    private let headings: TextMeasure

    init(_ parameters: Pack.Parameters, _ model: PackModel?) {
        budget = parameters.budget
        estimate = LengthEstimate(parameters.length, unitsPerToken: parameters.unitsPerToken)
        packing = parameters.packing
        self.model = model
        headings = [TurnBlock.beforePrompt, TurnBlock.beforeResponseA, TurnBlock.beforeResponseB]
            .reduce(TextMeasure()) { $0 + TextMeasure($1[...]) }
    }

    /// The maximum total length of the turns in a row.
    var limit: Double { estimate.unitsPerToken * Double(budget.maximum) }

    /// The tokens of labels and end, if tokens are produced.
    var answers: [Int32]? { model?.prompts?.answers }

    /// Turns with the lengths of their whole blocks.
    func measured(_ turns: [TurnTexts]) throws -> [MeasuredTurn] {
        try turns.map { turn in
            if estimate.rule == .tokens, let model {
                let encoded = try model.conversations.encode(turn)
                return MeasuredTurn(
                    texts: turn, length: Double(model.conversations.length(of: encoded)), encoded: encoded)
            }
            let measure =
                headings + TextMeasure(turn.prompt) + TextMeasure(turn.responseA)
                + TextMeasure(turn.responseB)
            return MeasuredTurn(texts: turn, length: estimate.units(measure))
        }
    }

    /// Fills in a row's turns, text and tokens.
    func write(_ turns: ArraySlice<MeasuredTurn>, to row: inout PackedRow) throws {
        row.turns = turns.map(\.texts)
        if packing == .byModel { row.text = ModelBlock.text(of: row.turns) }
        guard let model else {
            estimated(&row)
            return
        }
        let encoded = try encoded(turns, row, model)
        row.isTruncated = encoded.isTruncated
        if encoded.isTruncated || row.isOverflow { row.text = Array(model.conversations.bytes(encoded.ids)) }
        if row.isOverflow, encoded.isTruncated, let parts = encoded.parts {
            row.turns = [Self.texts(parts, model)]
        }
        if let prompts = model.prompts { row.tokens = prompts.prompt(around: encoded).ids }
    }

    private func encoded(
        _ turns: ArraySlice<MeasuredTurn>, _ row: PackedRow, _ model: PackModel
    ) throws -> EncodedConversation {
        let tokens = turns.compactMap(\.encoded)
        if !tokens.isEmpty, packing != .byModel {
            return model.conversations.join(tokens, isOverflow: row.isOverflow, budget)
        }
        if row.isOverflow { return try model.conversations.encode(overflow: row.turns[0], budget) }
        return try model.conversations.encode(
            text: (row.text ?? TurnBlock.text(of: row.turns))[...], budget)
    }

    /// The texts of a turn from the kept tokens of its parts, without their headings.
    private static func texts(_ parts: [[Int32]], _ model: PackModel) -> TurnTexts {
        let headings = ["#Prompt", "##Model A", "##Model B"]
        let texts = zip(parts, headings).map { ids, heading -> ArraySlice<UInt8> in
            let bytes = model.conversations.bytes(ids)
            // If not even the heading was kept, nothing of the text was.
            guard let range = bytes.firstRange(of: Array((heading + "\n").utf8)) else { return [] }
            return bytes[range.upperBound...]
        }
        return TurnTexts(prompt: texts[0], responseA: texts[1], responseB: texts[2])
    }

    /// Truncates by estimated lengths.
    private func estimated(_ row: inout PackedRow) {
        if packing == .byModel, let text = row.text {
            let kept = estimate.part(text[...], tokens: budget.maximum, budget.row)
            row.isTruncated = kept.count < text.count
            row.text = Array(kept)
        } else if row.isOverflow {
            let turn = row.turns[0]
            let shortened = shortened(turn)
            row.isTruncated = shortened != turn
            row.turns = [shortened]
        }
    }

    private func shortened(_ turn: TurnTexts) -> TurnTexts {
        let tokens = [turn.prompt, turn.responseA, turn.responseB].map { estimate.tokens(TextMeasure($0)) }
        guard tokens.reduce(0, +) > budget.maximum else { return turn }
        let caps = Allocation(
            prompt: tokens[0], responseA: tokens[1], responseB: tokens[2], promptBudget: budget.prompt,
            responseBudget: budget.response)
        return TurnTexts(
            prompt: estimate.part(turn.prompt, tokens: caps.prompt, budget.overflow),
            responseA: estimate.part(turn.responseA, tokens: caps.responseA, budget.overflow),
            responseB: estimate.part(turn.responseB, tokens: caps.responseB, budget.overflow))
    }
}
