import Columns
import Comparisons
import PackedRows
import StageKit

/// Packs comparisons one by one.
struct RowPacker: Sendable {
    private let reading: TurnReading
    private let packing: TurnPacking
    private let keepsAllRows: Bool
    private let limit: Double
    private let writer: RowWriter

    init(_ parameters: Pack.Parameters, _ model: PackModel?) {
        reading = TurnReading(
            nullText: Array(parameters.nullText.utf8), removesEmptyTurns: parameters.removeEmptyTurns,
            isSwapped: parameters.orientation == .swapped)
        packing = parameters.packing
        keepsAllRows = parameters.rows == .all
        writer = RowWriter(parameters, model)
        limit = writer.limit
    }

    /// The tokens of labels and end, if tokens are produced.
    var answers: [Int32]? { writer.answers }

    /// The packed rows of a table, and the counts.
    func pack(_ rows: ComparisonTable) throws -> (table: Table, counts: PackCounts) {
        var builder = PackedBuilder(answers: answers)
        var counts = PackCounts()
        for row in 0..<rows.count { try pack(rows, row, &builder, &counts) }
        return (try builder.finish(), counts)
    }

    private func pack(
        _ rows: ComparisonTable, _ row: Int, _ builder: inout PackedBuilder, _ counts: inout PackCounts
    ) throws {
        let turns = try writer.measured(reading.turns(rows, row, &counts))
        var chosen = packing.rows(lengths: turns.map(\.length), limit: limit)
        if !keepsAllRows { chosen = [chosen[chosen.count - 1]] }
        let total = rows.prompt.elements(ofRow: row).count
        let attributes = attributes(rows, row)
        counts.comparisons += 1
        counts.totalTurns += total
        for (part, choice) in chosen.enumerated() {
            var packed = PackedRow(attributes: attributes, turns: [], totalTurns: total)
            packed.part = part
            packed.parts = chosen.count
            packed.isSwapped = reading.isSwapped
            packed.isOverflow = choice.isOverflow
            try writer.write(turns[choice.turns], to: &packed)
            counts.add(packed)
            builder.append(packed)
        }
    }

    private func attributes(_ rows: ComparisonTable, _ row: Int) -> ComparisonBuilder.Attributes {
        var attributes = ComparisonBuilder.Attributes(
            id: rows.id.utf8(at: row) ?? [], source: rows.source.utf8(at: row) ?? [],
            modelA: rows.modelA.utf8(at: row), modelB: rows.modelB.utf8(at: row), label: rows.label(row),
            language: rows.language.utf8(at: row), group: rows.group.utf8(at: row))
        if reading.isSwapped {
            swap(&attributes.modelA, &attributes.modelB)
            attributes.label = attributes.label?.swapped
        }
        return attributes
    }
}
