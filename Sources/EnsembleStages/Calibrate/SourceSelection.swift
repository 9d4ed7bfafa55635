import Comparisons
import Parallelism
import Predictions
import Texts

/// Fits calibrations per source, and chooses by cross-validation over folds how strongly they shrink to the common one.
struct SourceSelection: Sendable {
    /// A labeled row.
    struct Row: Sendable {
        let probabilities: Probabilities
        let label: ComparisonLabel
        let source: String
    }

    /// The labeled rows of each fold.
    let folds: [[Row]]
    /// The candidates for the shrinkage, the strongest first.
    let candidates: [Double]
    /// Sources with fewer rows are not calibrated separately.
    let minimumRows: Int

    init(folds: [[Row]], candidates: [Double], minimumRows: Int) {
        self.folds = folds
        self.candidates = Set(candidates).sorted(by: >)
        self.minimumRows = minimumRows
    }

    /// The calibrations fitted without each fold in turn, and finally the one fitted to all folds.
    func all(threads: Int) -> [Calibration] {
        let excluded = folds.indices.map { Optional($0) } + [nil]
        return Parallel.values(count: excluded.count, threads: threads) { calibration(without: excluded[$0]) }
    }

    /// The calibration fitted without some folds, with the shrinkage that is best when each of the other folds is held out.
    ///
    /// Of equally good ones, the first is chosen, beginning with the temperature alone.
    private func calibration(without excluded: Int?) -> Calibration {
        let inside = folds.indices.filter { $0 != excluded && !folds[$0].isEmpty }
        var losses = [Double](repeating: 0, count: candidates.count + 1)
        for held in inside {
            let others = inside.filter { $0 != held }.flatMap { folds[$0] }
            for (index, calibration) in path(others).enumerated() {
                losses[index] += Self.loss(calibration, folds[held]) * Double(folds[held].count)
            }
        }
        let best = losses.indices.min { (losses[$0], $0) < (losses[$1], $1) } ?? 0
        return path(inside.flatMap { folds[$0] })[best]
    }

    /// The temperature alone, and then with the scalings for all candidates; each fit begins where the one before ended.
    private func path(_ rows: [Row]) -> [Calibration] {
        let temperature = TemperatureFit.fit(rows.map { ($0.probabilities, $0.label) })
        let center = Calibration.scaling(temperature)
        var examples: TextMap<[LogitStack.Example]> = [:]
        for row in rows {
            examples[row.source, default: []].append(LogitStack.Example([row.probabilities], row.label))
        }
        let large = examples.filter { $0.value.count >= minimumRows }
            .sorted { $0.key.precedesByBytes($1.key) }
        var scalings = large.map { _ in center }
        var calibrations = [Calibration(temperature: temperature)]
        for shrinkage in candidates {
            for (index, source) in large.enumerated() {
                let strength = shrinkage / Double(source.value.count)
                let penalty = LogitStack.Penalty(center: center, weights: strength, bias: strength)
                scalings[index] = LogitStack.fit(source.value, penalty, from: scalings[index])
            }
            let sources = zip(large, scalings).map { source, scaling in
                Calibration.Source(name: source.key, rows: source.value.count, scaling: scaling)
            }
            calibrations.append(
                Calibration(temperature: temperature, sources: sources, shrinkage: shrinkage))
        }
        return calibrations
    }

    /// The mean log loss of rows.
    static func loss(_ calibration: Calibration, _ rows: [Row]) -> Double {
        let total = rows.reduce(0) { sum, row in
            sum + calibration.applied(to: row.probabilities, source: row.source).logLoss(row.label)
        }
        return total / Double(max(rows.count, 1))
    }
}
