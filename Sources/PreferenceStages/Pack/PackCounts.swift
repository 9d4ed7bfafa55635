import StageSchemas

/// What is counted while rows are packed.
struct PackCounts: Sendable, Hashable {
    var rows = 0
    var turns = 0
    var totalTurns = 0
    var overflows = 0
    var truncations = 0
    var nullTexts = 0
    var removedTurns = 0

    /// Adds another part's counts.
    mutating func add(_ other: PackCounts) {
        rows += other.rows
        turns += other.turns
        totalTurns += other.totalTurns
        overflows += other.overflows
        truncations += other.truncations
        nullTexts += other.nullTexts
        removedTurns += other.removedTurns
    }

    /// The report.
    var value: Value {
        [
            "rows": .integer(rows), "turns": .integer(turns), "totalTurns": .integer(totalTurns),
            "overflows": .integer(overflows), "truncations": .integer(truncations),
            "nullTexts": .integer(nullTexts), "removedTurns": .integer(removedTurns),
        ]
    }
}
