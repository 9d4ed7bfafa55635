import StageKit
import StageSchemas
import Testing

@testable import Commands

/// What kinds refuse before anything runs: parameters that are right one by one, and not together or with the inputs.
@Suite struct KindRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: String
        let inputs: [String: Int]
        let parameters: [String: Value]
        let problem: String

        init(
            _ kind: String, _ inputs: [String: Int] = [:], _ parameters: [String: Value], _ problem: String
        ) {
            self.kind = kind
            self.inputs = inputs
            self.parameters = parameters
            self.problem = problem
        }

        var testDescription: String { "\(kind): \(problem)" }
    }

    static let cases = [
        Case(
            "apply-rules", [:], ["empty": [0.5, 0.5]], "empty: three probabilities that sum to 1 are needed"),
        Case(
            "apply-rules", [:], ["bothEmpty": [0.5, 0.5, 0.5]],
            "bothEmpty: three probabilities that sum to 1 are needed"),
        Case(
            "augment", [:], ["lengthUnit": "tokens"],
            "lengthUnit: counting tokens needs the input 'tokenizer'"),
        Case("blend", ["predictions": 2], ["weights": [1]], "weights: 2 are needed, one per member"),
        Case("blend", ["predictions": 2], ["weights": [0, 0]], "weights: a weight of more than 0 is needed"),
        Case(
            "blend", ["predictions": 2], ["weights": [1, 1], "optimize": true],
            "weights: with optimize, weights are fitted; leave these out"),
        Case(
            "blend", ["predictions": 2], ["optimize": true],
            "optimize: it needs the input 'rows', with labels"),
        Case(
            "blend", ["predictions": 2, "weights": 1, "rows": 1], ["optimize": true],
            "optimize: the input 'weights' has them; leave this out"),
        Case(
            "blend", ["predictions": 2, "weights": 1], ["weights": [1, 1]],
            "weights: the input 'weights' has them; leave this out"),
        Case(
            "blend", ["predictions": 2], ["rules": [["member": 1, "weights": [1]]]],
            "rules.0.weights: 2 are needed, one per member"),
        Case(
            "blend", ["predictions": 2], ["rules": [["member": 3, "weights": [1, 1]]]],
            "rules.0.member: the members are 1 to 2"),
        Case(
            "blend", ["predictions": 2],
            ["rules": [["member": 1, "weights": [1, 1]], ["longest": 0.5, "weights": [1, 1]]]],
            "rules.1.longest: it needs the input 'rows', for lengths"),
        Case(
            "blend", ["predictions": 2], ["rules": [["weights": [1, 1]]]],
            "rules.0.member: a rule names either 'longest' or a 'member'"),
        Case(
            "calibrate", ["predictions": 1], [:],
            "temperature: it is fitted to labelled rows: give the input 'rows', or a temperature"),
        Case(
            "calibrate", ["predictions": 1, "calibration": 1], ["temperature": 1.5],
            "temperature: the input 'calibration' has the temperature; leave one out"),
        Case(
            "create-model", [:], ["heads": 4, "keyValueHeads": 3],
            "heads: 4 query heads cannot share 3 key and value heads; choose a multiple"),
        Case(
            "create-model", [:], ["hiddenSize": 20, "heads": 4],
            "headSize: a head is 5 wide; rotary positions need an even width"),
        Case(
            "deduplicate", [:], ["by": "columns"],
            "columns: 'by: columns' needs a list of columns, and the list needs 'by: columns'"),
        Case(
            "deduplicate", ["rows": 1, "without": 1], ["by": "nothing"],
            "by: with 'nothing', the input 'without' has no effect"),
        Case(
            "evaluate", ["rows": 1, "predictions": 1, "members": 1], ["memberNames": ["a", "b"]],
            "memberNames: there are 2 names for 1 members"),
        Case(
            "evaluate", ["training": 1], [:],
            "the input 'training' needs 'comparisons', the comparison table of the rows"),
        Case("evaluate", ["groups": 1], [:], "the input 'groups' needs 'folds'"),
        Case(
            "mine-pairs", [:], ["minimumGroup": 9, "maximumGroup": 8],
            "minimumGroup: it is greater than maximumGroup"),
        Case(
            "near-duplicates", [:], ["threshold": 0.1, "hashes": 16],
            "hashes: 16 do not find pairs of similarity 0.1 with probability 0.99; raise hashes or threshold, or lower recall"
        ),
        Case(
            "pack", ["tokenizer": 1], ["ownTemplate": ["labels": ["A", "B"]]],
            "ownTemplate.labels: three different texts are needed: for A, for B and for a tie"),
        Case(
            "pack", ["tokenizer": 1], ["length": "tokens", "unitsPerToken": 2],
            "unitsPerToken: it is for estimates; leave it out with length: tokens"),
        Case(
            "pack", [:], ["ownTemplate": [:]],
            "ownTemplate: a template needs the input 'tokenizer': a checkpoint's folder or tokenizer file"),
        Case("train-linear", [:], ["fold": 0], "fold: it needs the input 'folds'"),
        Case("train-gradient-boosting", [:], ["fold": 0], "fold: it needs the input 'folds'"),
        Case(
            "train-gradient-boosting", [:], ["earlyStopping": "held-out"],
            "earlyStopping: held-out needs a 'fold' that is held out"),
        Case("train-language-model", [:], ["fold": 0], "fold: it needs the input 'folds'"),
        Case(
            "train-language-model", [:], ["evaluateEvery": 5],
            "evaluateEvery: it needs a 'fold' to evaluate on"),
        Case(
            "train-language-model", [:], ["evaluationRows": 5],
            "evaluationRows: it needs a 'fold' to evaluate on"),
        Case(
            "train-language-model", ["folds": 1], ["fold": 1, "patience": 2],
            "patience: it needs 'evaluateEvery': one evaluation, at the end, ends nothing early"),
        Case(
            "train-language-model", [:], ["adversary": ["rate": 11]],
            "adversary.rate: 11 is not a number from 0.0 to 10.0"),
    ]

    @Test(arguments: cases)
    func `what does not go together is refused`(_ item: Case) throws {
        let schema = try #require(BuiltInKinds.registry.schemas.first { $0.name == item.kind })
        let problems = schema.validated(item.parameters, inputs: item.inputs).problems
        #expect(problems.map(\.description) == [item.problem])
    }

    @Test(arguments: BuiltInKinds.registry.schemas.map(\.name))
    func `defaults go together`(_ kind: String) throws {
        let schema = try #require(BuiltInKinds.registry.schemas.first { $0.name == kind })
        let inputs = Dictionary(uniqueKeysWithValues: schema.inputs.map { ($0.name, 1) })
        let (values, problems) = schema.validated([:], inputs: inputs)
        #expect(problems.isEmpty)
        // What was checked and completed once stays as it is.
        #expect(schema.validated(values, inputs: inputs).values == values)
        #expect(values.keys.sorted() == schema.parameters.map(\.name).sorted())
    }
}
