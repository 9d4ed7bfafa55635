import Predictions
import Texts

/// Other predictions of the same rows, for comparison: the class prior, and the members of a blend.
struct Contender: Sendable {
    let name: String
    let scores: Scores
    /// By how much the log loss of the predictions is lower than this one's, on the rows that both have.
    let gain: Double
    /// The gain's interval, with groups resampled together for both; nil without resamples.
    let interval: Bootstrap.Interval?

    /// Other predictions, compared row by row.
    ///
    /// - Parameter others: names and rows, which may lack some of `rows`.
    static func all(
        _ rows: [ScoredRow], others: [(name: String, rows: [ScoredRow])], _ bootstrap: Bootstrap
    ) throws -> [Contender] {
        try others.map { other in
            var losses: TextMap<Double> = [:]
            for row in other.rows { losses[row.id] = row.loss }
            let common = rows.compactMap { row in
                losses[row.id].map { (gain: $0 - row.loss, group: row.group) }
            }
            let total = common.reduce(0) { $0 + $1.gain }
            return Contender(
                name: other.name, scores: Scores(other.rows), gain: total / Double(max(common.count, 1)),
                interval: try bootstrap.intervals([common.map(\.gain)], groups: common.map(\.group)).first)
        }
    }
}
