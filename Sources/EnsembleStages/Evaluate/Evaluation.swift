import Comparisons
import Predictions
import StageSchemas

/// The results of an evaluation.
struct Evaluation: Sendable {
    let title: String
    let scores: Scores
    let interval: Bootstrap.Interval?
    /// The prediction of the overall share of each label.
    let prior: Contender
    let members: [Contender]
    let spread: FoldSpread?
    let slices: [Slices]
    let reliability: [Reliability]
    let leaks: [LeakReport]

    /// Scores labeled rows, with other predictions for comparison.
    init(
        title: String, _ rows: [ScoredRow], members: [(name: String, rows: [ScoredRow])],
        leaks: [LeakReport], _ bootstrap: Bootstrap
    ) throws {
        self.title = title
        scores = Scores(rows)
        interval = try bootstrap.interval(rows)
        let contenders = try Contender.all(
            rows, others: [("class prior", Self.prior(rows))] + members, bootstrap)
        prior = contenders[0]
        self.members = Array(contenders.dropFirst())
        spread = FoldSpread(rows)
        slices = try Slices.all(rows, bootstrap)
        reliability = Reliability.all(rows)
        self.leaks = leaks
    }

    /// The names of those whose log loss is not below the class prior's.
    var idle: [String] {
        let own = scores.logLoss < prior.scores.logLoss ? [] : ["the predictions"]
        return own + members.filter { !($0.scores.logLoss < prior.scores.logLoss) }.map(\.name)
    }

    /// The prediction of the label shares of the rows.
    static func prior(_ rows: [ScoredRow]) -> [ScoredRow] {
        func share(_ label: ComparisonLabel) -> Double {
            Double(rows.count { $0.label == label }) / Double(rows.count)
        }
        let shares = Probabilities(a: share(.a), b: share(.b), tie: share(.tie))
        return rows.map { $0.predicted(shares) }
    }
}

extension Evaluation {
    /// All metrics, with full precision.
    var json: Value {
        var fields = Self.fields(scores)
        fields["logLossInterval"] = Self.json(interval)
        fields["confusion"] = .list(scores.confusion.map { .list($0.map { .integer($0) }) })
        fields["prior"] = Self.json(prior)
        fields["members"] = .list(members.map(Self.json))
        fields["noBetterThanPrior"] = .list(idle.map { .string($0) })
        fields["foldSpread"] =
            spread.map { spread in
                [
                    "folds": .integer(spread.folds), "mean": .number(spread.mean),
                    "standardDeviation": .number(spread.deviation), "lowest": .number(spread.lowest),
                    "highest": .number(spread.highest),
                ]
            } ?? .null
        fields["slices"] = .map(
            Dictionary(uniqueKeysWithValues: slices.map { ($0.name, .list($0.parts.map(Self.json))) }))
        fields["reliability"] = .map(
            Dictionary(
                uniqueKeysWithValues: reliability.map { ($0.name, .list($0.bins.map(Self.json))) }))
        fields["leaks"] = .list(
            leaks.map { leak in
                [
                    "name": .string(leak.name), "leaked": .map(Self.fields(leak.leaked)),
                    "clean": .map(Self.fields(leak.clean)),
                ]
            })
        return .map(fields)
    }

    private static func fields(_ scores: Scores) -> [String: Value] {
        [
            "rows": .integer(scores.count), "logLoss": .number(scores.logLoss),
            "accuracy": .number(scores.accuracy), "brier": .number(scores.brier),
            "calibrationError": .number(scores.calibrationError),
        ]
    }

    private static func json(_ interval: (low: Double, high: Double)?) -> Value {
        interval.map { [.number($0.low), .number($0.high)] } ?? .null
    }

    private static func json(_ contender: Contender) -> Value {
        [
            "name": .string(contender.name), "scores": .map(fields(contender.scores)),
            "gain": .number(contender.gain), "gainInterval": json(contender.interval),
        ]
    }

    private static func json(_ part: Slices.Part) -> Value {
        var values: [String: Value] = [
            "name": .string(part.name), "scores": .map(fields(part.scores)),
            "priorLogLoss": .number(part.priorLogLoss),
        ]
        if part.interval != nil { values["logLossInterval"] = json(part.interval) }
        return .map(values)
    }

    private static func json(_ bin: Reliability.Bin) -> Value {
        [
            "tenth": .integer(bin.tenth), "rows": .integer(bin.count), "said": .number(bin.predicted),
            "cameTrue": .number(bin.observed), "interval": json(bin.interval),
        ]
    }
}
