import Predictions
import Texts

/// Scores of subsets of the rows.
struct Slices: Sendable {
    /// A subset.
    struct Part: Sendable {
        let name: String
        let scores: Scores
        /// The interval of the log loss, if computed.
        var interval: Bootstrap.Interval?
        /// The log loss of the subset's own label shares: what is known without looking at a row.
        let priorLogLoss: Double

        init(name: String, _ rows: [ScoredRow], interval: Bootstrap.Interval? = nil) {
            self.name = name
            scores = Scores(rows)
            self.interval = interval
            priorLogLoss = Scores(Evaluation.prior(rows)).logLoss
        }
    }

    /// The attribute by which the rows are divided.
    let name: String
    /// The subsets, in a sensible order.
    let parts: [Part]

    /// Subsets with fewer rows are combined.
    private static let smallest = 20

    static func all(_ rows: [ScoredRow], _ bootstrap: Bootstrap) throws -> [Slices] {
        var slices: [Slices] = []
        if rows.contains(where: { $0.fold != nil }) {
            slices.append(
                try by("fold", rows) { row in (row.fold ?? Int.max, row.fold.map { "fold \($0)" } ?? "none") }
            )
        }
        slices.append(named("source", rows) { $0.source })
        slices.append(
            try by("turns", rows) { row in
                (min(row.turns, 4), row.turns >= 4 ? "4 or more" : "\(row.turns)")
            })
        slices.append(named("language", rows) { $0.language })
        let lengths = rows.map(\.bytes).sorted()
        let limits = (1..<4).map { lengths[min(lengths.count - 1, $0 * lengths.count / 4)] }
        slices.append(
            try by("length", rows, bootstrap) { row in
                let quarter = limits.count { row.bytes >= $0 }
                let names = ["shortest quarter", "second quarter", "third quarter", "longest quarter"]
                return (quarter, names[quarter])
            })
        if rows.contains(where: { $0.models != nil }) {
            slices.append(named("model pair", rows) { $0.models ?? "unknown" })
        }
        return slices
    }

    private static func by(
        _ name: String, _ rows: [ScoredRow], _ bootstrap: Bootstrap? = nil,
        _ part: (ScoredRow) -> (Int, String)
    ) throws -> Slices {
        var parts: [Int: (name: String, rows: [ScoredRow])] = [:]
        for row in rows {
            let (order, name) = part(row)
            parts[order, default: (name, [])].rows.append(row)
        }
        return Slices(
            name: name,
            parts: try parts.sorted { $0.key < $1.key }.map { part in
                Part(
                    name: part.value.name, part.value.rows,
                    interval: try bootstrap?.interval(part.value.rows))
            })
    }

    /// Subsets by name, the most frequent first, with rare ones combined as "others".
    private static func named(_ name: String, _ rows: [ScoredRow], _ part: (ScoredRow) -> String) -> Slices {
        var parts: TextMap<[ScoredRow]> = [:]
        for row in rows { parts[part(row), default: []].append(row) }
        var frequent: [(name: String, rows: [ScoredRow])] = []
        var others: [ScoredRow] = []
        let sorted = parts.sorted { left, right in
            if left.value.count != right.value.count { return left.value.count > right.value.count }
            return left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        for (name, rows) in sorted {
            if rows.count >= smallest && frequent.count < 30 {
                frequent.append((name, rows))
            } else {
                others += rows
            }
        }
        if !others.isEmpty { frequent.append(("others", others)) }
        return Slices(
            name: name, parts: frequent.map { Part(name: $0.name, $0.rows) })
    }
}
