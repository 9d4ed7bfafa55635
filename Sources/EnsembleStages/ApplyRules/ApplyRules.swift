import Columns
import Comparisons
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Replaces predictions of rows with identical or empty answers.
package enum ApplyRules: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("P(A), P(B), P(tie) for identical answers.")
        var identical: RuleProbabilities? = RuleProbabilities(0.06, 0.06, 0.88)

        @Setting("P(the empty one wins), P(the other wins), P(tie).")
        var empty: RuleProbabilities? = RuleProbabilities(0.04, 0.88, 0.08)

        @Setting("P(A), P(B), P(tie) if both are empty; null applies `identical` instead.")
        var bothEmpty: RuleProbabilities?

        @Setting(0...1, "The weight of the rule's probabilities; the model's have the rest.")
        var weight = 1.0

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "apply-rules", summary: "Replaces predictions for rows with identical or empty answers.",
        discussion: """
            The competition's fourth-place team set such rows by hand; the defaults are its numbers. An answer is \
            *empty* if all of its turns are null or contain only Unicode white space and control characters; answers \
            are *identical* if all their turns are equal byte by byte. The first rule that applies to a row is used, \
            in the order `bothEmpty`, `empty`, `identical`. A rule that is null is disabled.

            `weight` mixes the rule's probabilities with the model's. The report says how many rows each rule \
            applied to and, if they have labels, how it changed their log loss.
            """,
        inputs: [
            InputPort("predictions", "The predictions."),
            InputPort("rows", "The comparison table, from before packing, in which nulls are still nulls."),
        ],
        outputs: [
            OutputPort("predictions", "predictions.parquet", "The predictions after applying the rules."),
            OutputPort(
                "report", "report.json", "Row counts per rule, and their log losses before and after."),
        ],
        parameters: Parameters.self)

    /// Applies the rules.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let predictions = try PredictionTable(context.input("predictions"))
        let table = try ComparisonTable.read(context.input("rows"))
        let rules = AnswerRules(
            identical: parameters.identical?.probabilities, empty: parameters.empty?.probabilities,
            bothEmpty: parameters.bothEmpty?.probabilities)
        var positions: TextMap<Int> = [:]
        for row in 0..<table.count { positions[table.id[row] ?? ""] = row }
        var changed = predictions.probabilities
        var tallies = AnswerRules.Rule.allCases.map { (rule: $0, tally: RuleTally()) }
        for (index, id) in predictions.ids.enumerated() {
            guard let row = positions[id] else {
                throw StageFailure("the predicted row '\(id)' is not in 'rows'")
            }
            guard let (rule, wanted) = rules.apply(table, row) else { continue }
            let old = changed[index]
            let weight = parameters.weight
            changed[index] =
                Probabilities(
                    a: weight * wanted.a + (1 - weight) * old.a, b: weight * wanted.b + (1 - weight) * old.b,
                    tie: weight * wanted.tie + (1 - weight) * old.tie
                ).normalized
            for place in tallies.indices where tallies[place].rule == rule {
                tallies[place].tally.add(before: old, after: changed[index], label: table.label(row))
            }
        }
        try PredictionTable(
            ids: predictions.ids, probabilities: changed, folds: predictions.folds
        ).write(to: context.output("predictions"))
        var report: [String: Value] = [:]
        for (rule, tally) in tallies {
            report[rule.rawValue] = tally.json
            context.metric("\(rule.rawValue)Rows", tally.rows)
        }
        try JSONFile.write(.map(report), to: context.output("report"))
    }
}
