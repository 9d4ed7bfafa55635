import Columns
import Files
import JSON
import LabelledPredictions
import PackedRows
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Weighted means of predictions.
package enum Blend: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0...1e9, "One weight per member; empty for equal weights.")
        var weights: [Double] = []

        @Setting("Different weights for some rows.")
        var rules: [Rule] = []

        @Setting("Whether to fit the weights to the labels.")
        var optimize = false

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard weights.isEmpty || weights.contains(where: { $0 > 0 }) else {
                throw $weights.problem("at least one weight must be positive")
            }
            guard weights.isEmpty || !optimize else {
                throw $weights.problem("optimize fits the weights; remove these")
            }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            let members = inputs.count("predictions")
            guard weights.isEmpty || weights.count == members else {
                throw $weights.problem("expected \(members), one per member")
            }
            for (index, rule) in rules.enumerated() {
                guard rule.weights.count == members else {
                    throw $rules.problem(
                        rule.$weights.problem("expected \(members), one per member"), at: index)
                }
                guard rule.member ?? 1 <= members else {
                    throw $rules.problem(rule.$member.problem("the members are 1 to \(members)"), at: index)
                }
                guard rule.longest == nil || inputs.contains("rows") else {
                    throw $rules.problem(
                        rule.$longest.problem("it requires the input 'rows', for the lengths"), at: index)
                }
            }
            if inputs.contains("weights") {
                let hasWeights = "the input 'weights' provides them; remove this"
                guard weights.isEmpty else { throw $weights.problem(hasWeights) }
                guard !optimize else { throw $optimize.problem(hasWeights) }
            }
            guard !optimize || inputs.contains("rows") else {
                throw $optimize.problem("it requires the input 'rows', with labels")
            }
        }
    }

    /// Different weights for some rows.
    struct Rule: SettingRecord {
        @Setting(0...1, "The share of rows, longest first, that the rule applies to.")
        var longest: Double?

        @Setting(1...10_000, "Or the rows that this member, counting from 1, predicts.")
        var member: Int?

        @Setting(0...1e9, "One weight per member for these rows.")
        var weights: [Double]

        func validate() throws(ParameterProblem) {
            guard (longest == nil) != (member == nil) else {
                throw $member.problem("a rule needs either 'longest' or 'member'")
            }
            guard weights.contains(where: { $0 > 0 }) else {
                throw $weights.problem("at least one weight must be positive")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "blend", summary: "Blends predictions by weights: fixed, per subset of rows, or fitted.",
        discussion: """
            Weights correspond to the members in the order of the input, and are divided by their sum. Without any, \
            all members count the same.

            `rules` give some rows different weights: the `longest` share (by tokens if the packed table has them, \
            otherwise by the bytes of `text`), or those that a `member` (from 1) predicts. The first rule that \
            applies to a row is used. A member whose weight is 0 for a row need not predict it, so a member may \
            cover only the longest rows.

            `optimize: true` fits the weights to the labels of out-of-fold predictions: the mixture's log loss is \
            convex in them, and sequential quadratic programming (Kim and others, 2020) minimizes it to within 10⁻¹⁰ \
            of the optimum; the reported `gap` is the bound that was reached. With `folds`, the reported \
            `nestedLogLoss` is unbiased: each fold is scored with weights fitted to the others. The `weights` of such \
            a blend can be connected to another one, for the test set.
            """,
        inputs: [
            InputPort("predictions", .many, "The members; the first has all rows."),
            InputPort("rows", .optional, "The packed table, for rules and for fitting."),
            InputPort("folds", .optional, "The folds, for the nested estimate."),
            InputPort("weights", .optional, "The fitted weights of another blend of the same members."),
        ],
        outputs: [
            OutputPort("predictions", "predictions.parquet", "The blended predictions by id."),
            OutputPort("weights", "weights.json", "The weights, and the losses if they were fitted."),
        ],
        parameters: Parameters.self)

    /// Blends the predictions.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let tables = try context.allInputs("predictions").map { try PredictionTable($0.path) }
        let members = try MemberAlignment.partial(tables)
        let rows = try context.optionalInput("rows").map { try PackedTable.read($0) }
        var report: [String: Value] = [:]
        var base = try normalized(parameters.weights, count: tables.count, name: "weights")
        if let path = context.optionalInput("weights") {
            base = try fitted(path, count: tables.count)
        } else if parameters.optimize {
            guard let rows else { throw StageFailure("optimize requires the input 'rows', with labels") }
            let fit = try fit(MemberAlignment.complete(tables), rows, context)
            base = fit.weights
            report = fit.report
        }
        report["weights"] = .list(base.map { .number($0) })
        let rules = try parameters.rules.map { rule in
            (rule: rule, weights: try normalized(rule.weights, count: tables.count, name: "rules"))
        }
        let chosen = try weights(for: members, base: base, rules: rules, rows)
        let blended = try zip(members.ids, zip(members.rows, chosen)).map { id, row in
            try mixture(row.0, row.1, id: id)
        }
        try PredictionTable(ids: members.ids, probabilities: blended, folds: members.folds)
            .write(to: context.output("predictions"))
        try JSONFile.write(.map(report), to: context.output("weights"))
        for (index, weight) in base.enumerated() { context.metric("weight\(index + 1)", weight) }
    }

    private static func normalized(_ weights: [Double], count: Int, name: String) throws -> [Double] {
        if weights.isEmpty { return Array(repeating: 1 / Double(count), count: count) }
        let sum = weights.reduce(0, +)
        guard weights.count == count, sum > 0 else {
            throw StageFailure("\(name): expected \(count) weights, one per member and not all 0")
        }
        return weights.map { $0 / sum }
    }

    private static func fitted(_ path: FilePath, count: Int) throws -> [Double] {
        struct File: Decodable { let weights: [Double] }
        let bytes = try FileContents.read(path, limit: 1 << 20)
        guard let file = try? JSONRecord.decode(File.self, from: bytes), file.weights.count == count
        else {
            throw StageFailure("the input 'weights' does not contain weights for \(count) members")
        }
        return file.weights
    }

    /// The weights of each row.
    private static func weights(
        for members: (ids: [String], rows: [[Probabilities?]], folds: [Int?]), base: [Double],
        rules: [(rule: Rule, weights: [Double])],
        _ rows: PackedTable?
    ) throws -> [[Double]] {
        var result = Array(repeating: base, count: members.ids.count)
        var order: [Int]?
        // The first matching rule takes precedence, so it is applied last.
        for (rule, weights) in rules.reversed() {
            switch (rule.longest, rule.member) {
            case (let share?, nil):
                let sorted = try order ?? longestFirst(members.ids, rows)
                order = sorted
                for position in sorted.prefix(Int(share * Double(sorted.count))) {
                    result[position] = weights
                }
            case (nil, let member?):
                guard weights.indices.contains(member - 1) else {
                    throw StageFailure("rules: there is no member \(member); they are 1 to \(weights.count)")
                }
                for position in result.indices where members.rows[position][member - 1] != nil {
                    result[position] = weights
                }
            default: throw StageFailure("rules: each needs either 'longest' or 'member'")
            }
        }
        return result
    }

    private static func longestFirst(_ ids: [String], _ rows: PackedTable?) throws -> [Int] {
        guard let rows else { throw StageFailure("rules require the input 'rows', for the lengths") }
        var lengths: TextMap<Int> = [:]
        for row in 0..<rows.count {
            let length = rows.tokens?.count(ofRow: row) ?? rows.text.byteCount(at: row)
            lengths[rows.id[row] ?? "", default: 0] = max(lengths[rows.id[row] ?? "", default: 0], length)
        }
        let measured = try ids.map { id in
            guard let length = lengths[id] else { throw StageFailure("the row '\(id)' is not in 'rows'") }
            return length
        }
        return ids.indices.sorted { (-measured[$0], $0) < (-measured[$1], $1) }
    }

    private static func mixture(
        _ members: [Probabilities?], _ weights: [Double], id: String
    ) throws -> Probabilities {
        var sum = Probabilities(a: 0, b: 0, tie: 0)
        for (member, weight) in zip(members, weights) where weight > 0 {
            guard let member else {
                throw StageFailure("the row '\(id)' is missing from a member with weight \(weight) for it")
            }
            sum.a += weight * member.a
            sum.b += weight * member.b
            sum.tie += weight * member.tie
        }
        return sum.normalized
    }

    private static func fit(
        _ members: MemberAlignment, _ rows: PackedTable, _ context: StageContext
    ) throws -> (weights: [Double], report: [String: Value]) {
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        let first = PredictionTable(ids: members.ids, probabilities: members.rows.map { $0[0] })
        let labelled = try LabelledPrediction.join(first, rows, folds)
        guard !labelled.isEmpty else { throw StageFailure("optimize requires labeled rows") }
        // Only the probabilities of the actual labels matter.
        let likelihoods = labelled.map { row in
            members.rows[row.position].map { max($0[row.label], Double.ulpOfOne) }
        }
        let fitted = MixtureWeights.fit(likelihoods)
        let weights = fitted.weights
        var report: [String: Value] = [
            "logLoss": .number(MixtureWeights.logLoss(likelihoods, weights)), "gap": .number(fitted.gap),
        ]
        context.metric("logLoss", MixtureWeights.logLoss(likelihoods, weights))
        // With a single held-out part, there are no other folds to fit to.
        if let folds, folds.count > 1 {
            var total = 0.0
            for fold in 0..<folds.count {
                var inside: [[Double]] = []
                var outside: [[Double]] = []
                for (row, likelihood) in zip(labelled, likelihoods) {
                    if row.fold == fold {
                        inside.append(likelihood)
                    } else {
                        outside.append(likelihood)
                    }
                }
                guard !inside.isEmpty else { continue }
                let other = outside.isEmpty ? weights : MixtureWeights.fit(outside).weights
                total += MixtureWeights.logLoss(inside, other) * Double(inside.count)
            }
            let nested = total / Double(labelled.count)
            report["nestedLogLoss"] = .number(nested)
            context.metric("nestedLogLoss", nested)
        }
        return (weights, report)
    }
}
