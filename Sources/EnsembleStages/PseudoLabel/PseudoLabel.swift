import Columns
import Comparisons
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Labels comparisons with models' predictions: soft labels by default.
package enum PseudoLabel: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("Probabilities, or the most likely outcome.")
        var labels = Kind.soft

        @Setting(0...1, "The minimum probability of the most likely outcome.")
        var minimumProbability = 0.0

        @Setting(0...1, "The minimum share of predictions that agree with their mean.")
        var minimumAgreement = 0.0

        @Setting("Which of the labeled rows are kept.")
        var agreeWithLabel = Agreement.any

        @Setting("Whether to keep equally many rows of each outcome.")
        var balance = false

        @Setting(1...Int.max, "The maximum number of rows.")
        var maximumRows: Int?

        @Setting("The random seed.")
        var seed = 42

        package init() {}
    }

    enum Kind: String, SettingChoice { case soft, hard }
    enum Agreement: String, SettingChoice { case any, agree, disagree }

    /// The schema.
    package static let schema = StageSchema(
        name: "pseudo-label",
        summary: "Labels comparisons with models' predictions: soft targets, or winners.",
        discussion: """
            A row's target is the mean of its predictions: those of an ensemble, in both orientations (mapped back, \
            as `predict` does). The stage writes two tables: `rows`, the kept comparisons, and `targets`, `id, a, b, \
            tie`, which every trainer reads from its port of that name.

            `labels: soft` leaves `label` empty in `rows`, so that a row counts as unlabeled: trainers learn the \
            probabilities, and `evaluate` ignores the row. `labels: hard` makes the most likely outcome the label, \
            and the target certain: a probability of 0.5 becomes 1, which costs calibration.

            Filters are applied in order, and each is counted: `minimumProbability` of the most likely outcome; \
            `minimumAgreement`, the share of predictions whose most likely outcome is that of their mean; \
            `agreeWithLabel` keeps, among rows that already have a label, those where it is (or is not) the most \
            likely outcome; `balance` draws as many rows of each most likely outcome as the rarest has; \
            `maximumRows` draws that many of the remaining rows. Draws depend only on the seed and the ids.
            """,
        inputs: [
            InputPort("rows", "The comparison table to label."),
            InputPort("predictions", .many, "Predictions for all of its rows."),
        ],
        outputs: [
            OutputPort("rows", "rows.parquet", "The kept comparisons, labeled if labels are hard."),
            OutputPort("targets", "targets.parquet", "Soft targets: id, a, b, tie."),
            OutputPort("report", "report.json", "What was kept, and what each filter dropped."),
        ],
        parameters: Parameters.self)

    /// Labels the rows.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try ComparisonTable.read(context.input("rows"))
        let tables = try context.allInputs("predictions").map { try PredictionTable($0.path) }
        let members = try MemberAlignment.complete(tables)
        let positions = TextMap(uniqueKeysWithValues: members.ids.enumerated().map { ($1, $0) })
        let candidates = try (0..<table.count).map { row in
            let id = table.id[row] ?? ""
            guard let position = positions[id] else {
                throw StageFailure("the row '\(id)' is not in the predictions")
            }
            return PseudoLabelCandidate(
                row: row, id: id, members: members.rows[position], label: table.label(row))
        }
        var filter = PseudoLabelFilter(candidates)
        filter.keep("minimumProbability") { $0.mean[$0.outcome] >= parameters.minimumProbability }
        filter.keep("minimumAgreement") { $0.agreement >= parameters.minimumAgreement }
        filter.keep("agreeWithLabel") { candidate in
            guard let label = candidate.label else { return true }
            return switch parameters.agreeWithLabel {
            case .any: true
            case .agree: label == candidate.outcome
            case .disagree: label != candidate.outcome
            }
        }
        if parameters.balance { filter.balance(seed: parameters.seed) }
        if let maximum = parameters.maximumRows { filter.draw(maximum, seed: parameters.seed) }
        let kept = filter.kept
        let isHard = parameters.labels == .hard
        try Table(
            ComparisonTable.columns.map { name in
                guard let column = table.table[name] else {
                    throw StageFailure("the comparison table has no column '\(name)'")
                }
                let labels = kept.map { isHard ? $0.outcome.rawValue : nil }
                return (
                    name, name == "label" ? .string(StringColumn(labels)) : column.selecting(kept.map(\.row))
                )
            }
        ).write(to: context.output("rows"))
        try PredictionTable(
            ids: kept.map(\.id), probabilities: kept.map { isHard ? $0.certain : $0.mean }
        ).write(to: context.output("targets"))
        try JSONFile.write(filter.report(labels: parameters.labels.rawValue), to: context.output("report"))
        context.metric("rows", kept.count)
        for (name, count) in filter.dropped { context.metric("dropped.\(name)", count) }
    }
}
