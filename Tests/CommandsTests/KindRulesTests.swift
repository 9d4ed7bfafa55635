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
            "apply-rules", [:], ["empty": [0.5, 0.5]], "empty: expected three probabilities that sum to 1"),
        Case(
            "apply-rules", [:], ["bothEmpty": [0.5, 0.5, 0.5]],
            "bothEmpty: expected three probabilities that sum to 1"),
        Case(
            "augment", [:], ["lengthUnit": "tokens"],
            "lengthUnit: tokens require the input 'tokenizer'"),
        Case(
            "download", [:], ["url": "ftp://x", "sha256": .string(String(repeating: "0", count: 64))],
            "url: expected a URL that begins with https://, http:// or file:///"),
        Case(
            "download", [:], ["url": "https://x", "sha256": "12"], "sha256: expected 64 hexadecimal digits"),
        Case("blend", ["predictions": 2], ["weights": [1]], "weights: expected 2, one per member"),
        Case(
            "blend", ["predictions": 2], ["weights": [0, 0]], "weights: at least one weight must be positive"),
        Case(
            "blend", ["predictions": 2], ["weights": [1, 1], "optimize": true],
            "weights: optimize fits the weights; remove these"),
        Case(
            "blend", ["predictions": 2], ["optimize": true],
            "optimize: it requires the input 'rows', with labels"),
        Case(
            "blend", ["predictions": 2, "weights": 1, "rows": 1], ["optimize": true],
            "optimize: the input 'weights' provides them; remove this"),
        Case(
            "blend", ["predictions": 2, "weights": 1], ["weights": [1, 1]],
            "weights: the input 'weights' provides them; remove this"),
        Case(
            "blend", ["predictions": 2], ["rules": [["member": 1, "weights": [1]]]],
            "rules.0.weights: expected 2, one per member"),
        Case(
            "blend", ["predictions": 2], ["rules": [["member": 3, "weights": [1, 1]]]],
            "rules.0.member: the members are 1 to 2"),
        Case(
            "blend", ["predictions": 2],
            ["rules": [["member": 1, "weights": [1, 1]], ["longest": 0.5, "weights": [1, 1]]]],
            "rules.1.longest: it requires the input 'rows', for the lengths"),
        Case(
            "blend", ["predictions": 2], ["rules": [["weights": [1, 1]]]],
            "rules.0.member: a rule needs either 'longest' or 'member'"),
        Case(
            "calibrate", ["predictions": 1], [:],
            "temperature: fitting it requires labeled rows: connect the input 'rows', or set a temperature"),
        Case(
            "calibrate", ["predictions": 1, "calibration": 1], ["temperature": 1.5],
            "temperature: the input 'calibration' provides the temperature; remove one"),
        Case(
            "calibrate", ["predictions": 1, "rows": 1], ["bySource": true],
            "bySource: it requires the input 'folds'"),
        Case(
            "calibrate", ["predictions": 1, "rows": 1, "folds": 1], ["bySource": true, "temperature": 1.5],
            "bySource: it fits the temperature too; remove 'temperature'"),
        Case(
            "calibrate", ["predictions": 1, "rows": 1, "folds": 1, "calibration": 1], ["bySource": true],
            "bySource: the input 'calibration' determines which sources are calibrated; remove one"),
        Case(
            "create-model", [:], ["heads": 4, "keyValueHeads": 3],
            "heads: 4 query heads cannot share 3 key and value heads; choose a multiple"),
        Case(
            "create-model", [:], ["hiddenSize": 20, "heads": 4],
            "headSize: a head is 5 wide; rotary positions need an even width"),
        Case(
            "deduplicate", [:], ["by": "columns"],
            "columns: 'by: columns' requires a list of columns, and vice versa"),
        Case(
            "deduplicate", ["rows": 1, "without": 1], ["by": "nothing"],
            "by: with 'nothing', the input 'without' has no effect"),
        Case(
            "evaluate", ["rows": 1, "predictions": 1, "members": 1], ["memberNames": ["a", "b"]],
            "memberNames: there are 2 names for 1 members"),
        Case(
            "evaluate", ["training": 1], [:],
            "the input 'training' requires 'comparisons', the comparison table of the rows"),
        Case("evaluate", ["groups": 1], [:], "the input 'groups' requires 'folds'"),
        Case(
            "mine-pairs", [:], ["minimumGroup": 9, "maximumGroup": 8],
            "minimumGroup: it is greater than maximumGroup"),
        Case(
            "near-duplicates", [:], ["threshold": 0.1, "hashes": 16],
            "hashes: 16 do not find pairs of similarity 0.1 with probability 0.99; raise hashes or threshold, or lower recall"
        ),
        Case(
            "pack", ["tokenizer": 1], ["ownTemplate": ["labels": ["A", "B"]]],
            "ownTemplate.labels: expected three different texts: for A, for B and for a tie"),
        Case(
            "pack", ["tokenizer": 1], ["length": "tokens", "unitsPerToken": 2],
            "unitsPerToken: it is only for estimates; remove it with length: tokens"),
        Case(
            "pack", [:], ["ownTemplate": [:]],
            "ownTemplate: a template requires the input 'tokenizer': a checkpoint folder or a tokenizer file"),
        Case("train-linear", [:], ["fold": 0], "fold: it requires the input 'folds'"),
        Case("train-gradient-boosting", [:], ["fold": 0], "fold: it requires the input 'folds'"),
        Case(
            "train-gradient-boosting", [:], ["earlyStopping": "held-out"],
            "earlyStopping: held-out requires a 'fold'"),
        Case("train-language-model", [:], ["fold": 0], "fold: it requires the input 'folds'"),
        Case(
            "train-language-model", [:], ["evaluateEvery": 5],
            "evaluateEvery: it requires a 'fold' to evaluate on"),
        Case(
            "train-language-model", [:], ["evaluationRows": 5],
            "evaluationRows: it requires a 'fold' to evaluate on"),
        Case(
            "train-language-model", ["folds": 1], ["fold": 1, "patience": 2],
            "patience: it requires 'evaluateEvery': a single evaluation at the end cannot stop training early"
        ),
        Case(
            "train-language-model", [:], ["adversary": ["rate": 11]],
            "adversary.rate: 11 is not a number from 0.0 to 10.0"),
    ]

    @Test(arguments: cases)
    func conflictingParametersAreRefused(_ item: Case) throws {
        let schema = try #require(BuiltInKinds.registry.schemas.first { $0.name == item.kind })
        let problems = schema.validated(item.parameters, inputs: item.inputs).problems
        #expect(problems.map(\.description) == [item.problem])
    }

    /// What has no default.
    private static let required: [String: [String: Value]] = [
        "download": [
            "url": "https://example.org/x", "sha256": .string(String(repeating: "0", count: 64)),
        ]
    ]

    @Test(arguments: BuiltInKinds.registry.schemas.map(\.name))
    func defaultsAreConsistent(_ kind: String) throws {
        let schema = try #require(BuiltInKinds.registry.schemas.first { $0.name == kind })
        let inputs = Dictionary(uniqueKeysWithValues: schema.inputs.map { ($0.name, 1) })
        let (values, problems) = schema.validated(Self.required[kind] ?? [:], inputs: inputs)
        #expect(problems.isEmpty)
        // Validation is idempotent.
        #expect(schema.validated(values, inputs: inputs).values == values)
        #expect(values.keys.sorted() == schema.parameters.map(\.name).sorted())
    }
}
