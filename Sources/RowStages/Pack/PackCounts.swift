import PackedRows
import StageSchemas

/// Counts collected while rows are packed.
struct PackCounts: Sendable, Hashable {
    var comparisons = 0
    var rows = 0
    var turns = 0
    var totalTurns = 0
    var overflows = 0
    var truncations = 0
    var nullTexts = 0
    var removedTurns = 0
    var tokens = 0
    var longestRow = 0

    /// Counts a row.
    mutating func add(_ row: PackedRow) {
        rows += 1
        turns += row.turns.count
        overflows += row.isOverflow ? 1 : 0
        truncations += row.isTruncated ? 1 : 0
        tokens += row.tokens.count
        longestRow = max(longestRow, row.tokens.count)
    }

    /// Adds another part's counts.
    mutating func add(_ other: PackCounts) {
        comparisons += other.comparisons
        rows += other.rows
        turns += other.turns
        totalTurns += other.totalTurns
        overflows += other.overflows
        truncations += other.truncations
        nullTexts += other.nullTexts
        removedTurns += other.removedTurns
        tokens += other.tokens
        longestRow = max(longestRow, other.longestRow)
    }

    /// The report.
    var value: Value {
        [
            "comparisons": .integer(comparisons), "rows": .integer(rows), "turns": .integer(turns),
            "totalTurns": .integer(totalTurns), "overflows": .integer(overflows),
            "truncations": .integer(truncations), "nullTexts": .integer(nullTexts),
            "removedTurns": .integer(removedTurns), "tokens": .integer(tokens),
            "longestRow": .integer(longestRow),
        ]
    }
}
