import Columns
import StageKit

/// A labelled row with its prediction, and what it is sliced by.
struct ScoredRow: Sendable {
    let probabilities: Probabilities
    let label: ComparisonLabel
    let source: String
    let language: String
    let turns: Int
    let bytes: Int
    let fold: Int?
    let group: String

    /// The predicted rows that have a label, in the order of the predictions.
    static func join(
        _ predictions: PredictionTable, _ table: PackedTable, _ folds: FoldTable?
    ) throws -> [ScoredRow] {
        var positions: [String: Int] = [:]
        for row in 0..<table.count { positions[table.id[row] ?? ""] = row }
        return try zip(predictions.ids, predictions.probabilities).compactMap { id, probabilities in
            guard let row = positions[id] else {
                throw StageFailure("the predicted row '\(id)' is not in 'rows'")
            }
            guard let label = table.originalLabel(row) else { return nil }
            return ScoredRow(
                probabilities: probabilities, label: label, source: table.source[row] ?? "",
                language: table.language[row] ?? "unknown", turns: Int(table.totalTurns.values[row]),
                bytes: table.text.byteCount(at: row), fold: folds?.folds[id], group: folds?.groups[id] ?? id)
        }
    }
}

/// The bootstrap over groups (Efron, 1979): draws whole groups with replacement.
enum Bootstrap {
    /// The 2.5 % and 97.5 % quantiles of the log loss; nil without resamples.
    static func interval(_ rows: [ScoredRow], resamples: Int, seed: Int) -> (low: Double, high: Double)? {
        guard resamples > 0 else { return nil }
        var indices: [String: Int] = [:]
        var groups: [(loss: Double, count: Double)] = []
        for row in rows {
            let index = indices[row.group] ?? groups.count
            if index == groups.count {
                indices[row.group] = index
                groups.append((0, 0))
            }
            groups[index].loss += row.probabilities.logLoss(row.label)
            groups[index].count += 1
        }
        var losses: [Double] = []
        for resample in 0..<resamples {
            var generator = SeededGenerator(seed: seed, stream: resample)
            var loss = 0.0
            var count = 0.0
            for _ in groups.indices {
                let drawn = groups[generator.integer(below: groups.count)]
                loss += drawn.loss
                count += drawn.count
            }
            losses.append(loss / count)
        }
        losses.sort()
        return (quantile(losses, 0.025), quantile(losses, 0.975))
    }

    private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let position = share * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}

/// Scores of parts of the rows.
struct Slices: Sendable {
    /// What the rows are divided by.
    let name: String
    /// The parts, in a sensible order.
    let parts: [(name: String, scores: Scores)]

    /// Names with fewer rows are put together.
    private static let smallest = 20

    static func all(_ rows: [ScoredRow]) -> [Slices] {
        var slices: [Slices] = []
        if rows.contains(where: { $0.fold != nil }) {
            slices.append(
                by("fold", rows) { row in (row.fold ?? -1, row.fold.map { "fold \($0)" } ?? "none") })
        }
        slices.append(named("source", rows) { $0.source })
        slices.append(
            by("turns", rows) { row in (min(row.turns, 4), row.turns >= 4 ? "4 and more" : "\(row.turns)") })
        slices.append(named("language", rows) { $0.language })
        let lengths = rows.map(\.bytes).sorted()
        let limits = (1..<4).map { lengths[min(lengths.count - 1, $0 * lengths.count / 4)] }
        slices.append(
            by("length", rows) { row in
                let quarter = limits.count { row.bytes >= $0 }
                let names = ["shortest quarter", "second quarter", "third quarter", "longest quarter"]
                return (quarter, names[quarter])
            })
        return slices
    }

    private static func by(_ name: String, _ rows: [ScoredRow], _ part: (ScoredRow) -> (Int, String))
        -> Slices
    {
        var parts: [Int: (name: String, rows: [ScoredRow])] = [:]
        for row in rows {
            let (order, name) = part(row)
            parts[order, default: (name, [])].rows.append(row)
        }
        return Slices(
            name: name,
            parts: parts.sorted { $0.key < $1.key }.map { part in
                (part.value.name, Scores(part.value.rows.map { ($0.probabilities, $0.label) }))
            })
    }

    /// The most frequent first; rare ones together as "others".
    private static func named(_ name: String, _ rows: [ScoredRow], _ part: (ScoredRow) -> String) -> Slices {
        var parts: [String: [ScoredRow]] = [:]
        for row in rows { parts[part(row), default: []].append(row) }
        var frequent: [(name: String, rows: [ScoredRow])] = []
        var others: [ScoredRow] = []
        for (name, rows) in parts.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            if rows.count >= smallest && frequent.count < 30 {
                frequent.append((name, rows))
            } else {
                others += rows
            }
        }
        if !others.isEmpty { frequent.append(("others", others)) }
        return Slices(
            name: name,
            parts: frequent.map { ($0.name, Scores($0.rows.map { ($0.probabilities, $0.label) })) })
    }
}
