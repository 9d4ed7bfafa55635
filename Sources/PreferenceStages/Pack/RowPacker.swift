import Columns
import StageKit

/// Packs comparisons one by one.
struct RowPacker: Sendable {
    private typealias Turn = (
        prompt: ArraySlice<UInt8>, responseA: ArraySlice<UInt8>, responseB: ArraySlice<UInt8>
    )

    private let maximumTokens: Int
    private let promptTokens: Int
    private let responseTokens: Int
    private let length: LengthEstimate
    private let nullText: [UInt8]
    private let removesEmptyTurns: Bool
    private let headings: TextMeasure

    init(_ parameters: Pack.Parameters) {
        maximumTokens = parameters.maximumTokens
        promptTokens = parameters.promptTokens ?? maximumTokens / 5
        responseTokens = parameters.responseTokens ?? max(0, maximumTokens - promptTokens) / 2
        length = parameters.length
        nullText = Array(parameters.nullText.utf8)
        removesEmptyTurns = parameters.removeEmptyTurns
        headings = [TurnBlock.beforePrompt, TurnBlock.beforeResponseA, TurnBlock.beforeResponseB]
            .reduce(TextMeasure()) { $0 + TextMeasure($1[...]) }
    }

    /// The packed rows of a table, and what was counted.
    func pack(_ rows: ComparisonTable) throws -> (table: Table, counts: PackCounts) {
        var builder = PackedBuilder()
        var counts = PackCounts()
        for row in 0..<rows.count { try pack(rows, row, &builder, &counts) }
        return (try builder.finish(), counts)
    }

    private func pack(
        _ rows: ComparisonTable, _ row: Int, _ builder: inout PackedBuilder, _ counts: inout PackCounts
    ) throws {
        let turns = try turns(rows, row, &counts)
        let lengths = turns.map { turn in
            length.words(
                headings + TextMeasure(turn.prompt) + TextMeasure(turn.responseA)
                    + TextMeasure(turn.responseB))
        }
        let choice = TurnPacking.choose(
            lengths: lengths, limit: LengthEstimate.wordsPerToken * Double(maximumTokens))
        var kept = Array(turns[choice.kept])
        if choice.isOverflow {
            counts.overflows += 1
            let shortened = shortened(kept[0])
            counts.truncations += shortened.isTruncated ? 1 : 0
            kept = [shortened.turn]
        }
        let total = rows.prompt.elements(ofRow: row).count
        counts.rows += 1
        counts.turns += kept.count
        counts.totalTurns += total
        builder.append(
            ComparisonBuilder.Attributes(
                id: rows.id.utf8(at: row) ?? [], source: rows.source.utf8(at: row) ?? [],
                label: rows.label(row), language: rows.language.utf8(at: row),
                group: rows.group.utf8(at: row)),
            kept: kept, total: total, isOverflow: choice.isOverflow)
    }

    /// A row's turns, nulls replaced.
    private func turns(_ rows: ComparisonTable, _ row: Int, _ counts: inout PackCounts) throws -> [Turn] {
        let prompts = rows.prompt.elements(ofRow: row)
        let (first, second) = (rows.responseA.elements(ofRow: row), rows.responseB.elements(ofRow: row))
        guard !prompts.isEmpty, prompts.count == first.count, prompts.count == second.count else {
            throw StageFailure(
                "row '\(rows.id[row] ?? "")': prompt, response_a and response_b have \(prompts.count), "
                    + "\(first.count) and \(second.count) turns; make the table with 'ingest'")
        }
        func isEmpty(_ turn: Int) -> Bool {
            rows.responseA.utf8(first.lowerBound + turn) == nil
                && rows.responseB.utf8(second.lowerBound + turn) == nil
        }
        var wanted = Array(0..<prompts.count)
        if removesEmptyTurns {
            wanted.removeAll(where: isEmpty)
            // Where all are empty the last one stays.
            if wanted.isEmpty { wanted = [prompts.count - 1] }
            counts.removedTurns += prompts.count - wanted.count
        }
        let turns = wanted.map { turn -> Turn in
            (
                rows.prompt.utf8(prompts.lowerBound + turn) ?? replaced(&counts),
                text(rows.responseA.utf8(first.lowerBound + turn), &counts),
                text(rows.responseB.utf8(second.lowerBound + turn), &counts)
            )
        }
        return turns
    }

    private func text(_ response: ArraySlice<UInt8>?, _ counts: inout PackCounts) -> ArraySlice<UInt8> {
        if let response, !response.isEmpty { return response }
        return replaced(&counts)
    }

    private func replaced(_ counts: inout PackCounts) -> ArraySlice<UInt8> {
        counts.nullTexts += 1
        return nullText[...]
    }

    /// A turn's texts cut to their parts of the budget.
    private func shortened(_ turn: Turn) -> (turn: Turn, isTruncated: Bool) {
        let tokens = [turn.prompt, turn.responseA, turn.responseB].map { length.tokens(TextMeasure($0)) }
        guard tokens.reduce(0, +) > maximumTokens else { return (turn, false) }
        let caps = Allocation(
            prompt: tokens[0], responseA: tokens[1], responseB: tokens[2], promptBudget: promptTokens,
            responseBudget: responseTokens)
        let cut: Turn = (
            length.prefix(turn.prompt, tokens: caps.prompt),
            length.prefix(turn.responseA, tokens: caps.responseA),
            length.prefix(turn.responseB, tokens: caps.responseB)
        )
        let isTruncated =
            cut.prompt.count < turn.prompt.count || cut.responseA.count < turn.responseA.count
            || cut.responseB.count < turn.responseB.count
        return (cut, isTruncated)
    }
}
