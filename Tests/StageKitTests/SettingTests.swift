import Files
import StageKit
import StageSchemas
import TestSupport
import Testing

/// Every type of setting there is.
private enum Everything: StageKind {
    enum Choice: String, SettingChoice { case first, trainingPart = "training-part" }

    struct Rule: SettingRecord {
        @Setting(0...1, "The share.") var share: Double?
        @Setting(1...10, "The member.") var member: Int?
        @Setting(0...1e9, "The weights.") var weights: [Double]

        func validate() throws(ParameterProblem) {
            guard (share == nil) != (member == nil) else {
                throw $member.problem("give either 'share' or 'member'")
            }
        }
    }

    struct Adversary: SettingRecord {
        @Setting(0...10, "The rate.") var rate = 0.0
        @Setting(0...1, "The bound.") var epsilon = 1e-4
    }

    struct Schedule: SettingRecord {
        @Setting(0...1, "The rise.") var warmUp = 0.1
        @Setting(0...1, "The end.") var end = 0.0

        func validate() throws(ParameterProblem) {
            guard warmUp >= end else { throw $end.problem("it is greater than warmUp") }
        }
    }

    /// Probabilities that sum to 1.
    struct Pair: SettingValue {
        let numbers: [Double]
        static var parameterType: ParameterType { .list(.number(0...1)) }
        var parameterValue: Value { numbers.parameterValue }

        init(_ numbers: [Double]) { self.numbers = numbers }
        init(from decoder: any Decoder) throws { numbers = try [Double](from: decoder) }

        func validate() throws(ParameterProblem) {
            guard numbers.count == 2, numbers.reduce(0, +) == 1 else {
                throw ParameterProblem(path: [], message: "two probabilities that sum to 1 are needed")
            }
        }
    }

    struct Parameters: StageParameters {
        @Setting("Yes or no.") var flag = false
        @Setting(2...100, "How many.") var folds = 5
        @Setting("Any whole number.") var seed = 42
        @Setting(0...0.99, "The share.") var dropout = 0.05
        @Setting("Whole numbers stay whole in keys.") var alpha = 64.0
        @Setting("A text.") var title = "None"
        @Setting("A word.") var choice = Choice.trainingPart
        @SettingGroup var schedule = changed(Schedule())
        @Setting("Words.") var choices: [Choice] = [.first]
        @Setting(1...9, "Null.") var limit: Int?
        @Setting("A word or null.") var other: Choice?
        @Setting(1e-9...1e9, "One.") var norm: Double? = 1
        @Setting("A pair.") var pair: Pair? = Pair([0.25, 0.75])
        @Setting("Rules.") var rules: [Rule] = []
        @Setting("Rules by name.") var named: [String: Rule] = [:]
        @Setting("A record.") var adversary = Adversary()
        @Setting(0...1, "Required.") var share: Double

        func validate() throws(ParameterProblem) {
            guard folds >= limit ?? 0 else { throw $limit.problem("it is greater than folds") }
        }

        func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard !flag || inputs.contains("more") else { throw $flag.problem("it needs the input 'more'") }
        }

        static func changed(_ schedule: Schedule) -> Schedule {
            var schedule = schedule
            schedule.warmUp = 0.5
            return schedule
        }
    }

    static let schema = StageSchema(
        name: "everything", summary: "Everything.", inputs: [InputPort("more", .optional, "More.")],
        outputs: [OutputPort("seen", "seen.txt", "What it has seen.")], parameters: Parameters.self)

    static func run(_ parameters: Parameters, in context: StageContext) throws {
        let rules = parameters.rules + parameters.named.sorted { $0.key < $1.key }.map(\.value)
        let seen: [String] = [
            "\(parameters.flag) \(parameters.folds) \(parameters.seed) \(parameters.dropout)",
            "\(parameters.alpha) \(parameters.title) \(parameters.choice) \(parameters.schedule.warmUp)",
            "\(parameters.choices.map(\.rawValue)) \(parameters.limit ?? -1) \(parameters.other?.rawValue ?? "null")",
            "\(parameters.norm ?? -1) \(parameters.pair?.numbers ?? []) \(parameters.adversary.rate)",
            "\(parameters.adversary.epsilon) \(parameters.share)",
            "\(rules.map { "\($0.share ?? -1) \($0.member ?? -1) \($0.weights)" })",
        ]
        try FileContents.write(seen.joined(separator: "\n"), to: context.output("seen"))
    }
}

@Suite struct SettingTests {
    @Test func aSchemaListsThePropertiesInOrder() {
        let rule = [
            Parameter("share", .optional(.number(0...1)), default: .null, "The share."),
            Parameter("member", .optional(.integer(1...10)), default: .null, "The member."),
            Parameter("weights", .list(.number(0...1e9)), "The weights."),
        ]
        let choice = ParameterType.choice(["first", "training-part"])
        let expected = [
            Parameter("flag", .boolean, default: false, "Yes or no."),
            Parameter("folds", .integer(2...100), default: 5, "How many."),
            Parameter("seed", .anyInteger, default: 42, "Any whole number."),
            Parameter("dropout", .number(0...0.99), default: 0.05, "The share."),
            Parameter("alpha", .anyNumber, default: 64, "Whole numbers stay whole in keys."),
            Parameter("title", .string, default: "None", "A text."),
            Parameter("choice", choice, default: "training-part", "A word."),
            Parameter("warmUp", .number(0...1), default: 0.5, "The rise."),
            Parameter("end", .number(0...1), default: 0, "The end."),
            Parameter("choices", .list(choice), default: ["first"], "Words."),
            Parameter("limit", .optional(.integer(1...9)), default: .null, "Null."),
            Parameter("other", .optional(choice), default: .null, "A word or null."),
            Parameter("norm", .optional(.number(1e-9...1e9)), default: 1, "One."),
            Parameter("pair", .optional(.list(.number(0...1))), default: [0.25, 0.75], "A pair."),
            Parameter("rules", .list(.record(rule)), default: [], "Rules."),
            Parameter("named", .map(.record(rule)), default: [:], "Rules by name."),
            Parameter(
                "adversary",
                .record([
                    Parameter("rate", .number(0...10), default: 0, "The rate."),
                    Parameter("epsilon", .number(0...1), default: 1e-4, "The bound."),
                ]), default: ["rate": 0, "epsilon": 1e-4], "A record."),
            Parameter("share", .number(0...1), "Required."),
        ]
        #expect(Everything.schema.parameters == expected)
    }

    private func seen(_ values: [String: Value], inputs: [String] = []) throws -> String {
        try withTemporaryFolder { folder in
            let path = folder.appending("seen.txt")
            let artifacts = inputs.map { ($0, [StageContext.Input(path: folder)]) }
            let context = StageContext(
                inputs: Dictionary(uniqueKeysWithValues: artifacts), outputs: ["seen": path], scratch: folder)
            try Everything.run(parameters: values, in: context)
            return try read(path)
        }
    }

    @Test func missingValuesTakeTheDeclaredDefault() throws {
        #expect(
            try seen(["share": 0.5]) == """
                false 5 42 0.05
                64.0 None trainingPart 0.5
                ["first"] -1 null
                1.0 [0.25, 0.75] 0.0
                0.0001 0.5
                []
                """)
    }

    @Test func valuesInTheFileAreSeen() throws {
        let values: [String: Value] = [
            "flag": true, "folds": 9.0, "seed": -1, "dropout": 0, "alpha": 1, "title": "a \"b\" \u{1}é",
            "choice": "first", "warmUp": 1, "end": 0.25, "choices": [], "limit": 9, "other": "training-part",
            "norm": .null, "pair": .null, "share": 1,
            "rules": [["share": 0.5, "weights": [1, 0.1]]], "named": ["x": ["member": 2, "weights": []]],
            "adversary": ["epsilon": 1],
        ]
        #expect(
            try seen(values, inputs: ["more"]) == """
                true 9 -1 0.0
                1.0 a "b" \u{1}é first 1.0
                [] 9 training-part
                -1.0 [] 0.0
                1.0 1.0
                ["0.5 -1 [1.0, 0.1]", "-1.0 2 []"]
                """)
    }

    @Test(
        arguments: [
            (["limit": 6], "limit: it is greater than folds"),
            (["pair": [1]], "pair: two probabilities that sum to 1 are needed"),
            (["end": 0.75], "end: it is greater than warmUp"),
            (["flag": true], "flag: it needs the input 'more'"),
            (
                ["rules": [["member": 1, "weights": []], ["weights": []]]],
                "rules.1.member: give either 'share' or 'member'"
            ),
            (["named": ["x": ["weights": []]]], "named.x.member: give either 'share' or 'member'"),
            (
                ["rules": [["member": 11, "weights": []]]],
                "rules.0.member: 11 is not an integer from 1 to 10"
            ),
            (
                ["rules": [["member": 1]]],
                "rules.0.weights: required: a list, each a number from 0.0 to 1000000000.0. The weights."
            ),
            (["schedule": [:]], "schedule: unknown parameter"),
            (["warmUps": 1], "warmUps: unknown parameter; did you mean 'warmUp'?"),
        ] as [([String: Value], String)])
    func eachMistakeHasItsPlaceAndItsMessage(values: [String: Value], sentence: String) {
        let all = values.merging(["share": 0.5]) { own, _ in own }
        let problems = Everything.schema.validated(all, inputs: [:]).problems.map(\.description)
        #expect(problems.count == 1 && problems[0].hasPrefix(sentence), "\(problems)")
        #expect(throws: StageFailure.self) { try seen(all) }
    }

    @Test func aStandaloneRecordHasItsDefaultsAndCanBeChanged() {
        var adversary = Everything.Adversary()
        #expect(adversary.rate == 0 && adversary.epsilon == 1e-4)
        adversary.rate = 2
        #expect(adversary.parameterValue == ["rate": 2, "epsilon": 1e-4])
    }

    @Test func aKindWithoutParametersTakesNone() {
        let schema = StageSchema(name: "none", summary: "None.", outputs: [])
        #expect(schema.parameters.isEmpty)
        #expect(
            schema.validated(["a": 1], inputs: [:]).problems.map(\.description) == [
                "a: unknown parameter; it takes none"
            ])
    }

    // Mistakes in a kind's source end the first test that looks at it.

    struct Undeclared: StageParameters {
        @Setting("Declared.") var declared = 1
        var forgotten = 2
    }

    struct OutOfBounds: StageParameters {
        @Setting(1...2, "Bounded.") var bounded = 3
    }

    struct Twice: StageParameters {
        @Setting(0...1, "The rise.") var rate = 0.5
        @SettingGroup var group = Group()
        struct Group: SettingRecord { @Setting("Again.") var rate = 0.0 }
    }

    struct Changed: StageParameters {
        @Setting("A record.") var record = Record(rate: 2)
        struct Record: SettingRecord {
            @Setting("The rate.") var rate = 1
            init() {}
            init(rate: Int) { self.rate = rate }
        }
    }

    @Test func aPropertyThatIsNotASettingEndsTheProgram() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Self.parameters(of: Undeclared.self)
        }
        #expect(text(result).contains("Undeclared.forgotten is not a @Setting"))
    }

    @Test func aDefaultOutOfBoundsEndsTheProgram() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Self.parameters(of: OutOfBounds.self)
        }
        #expect(text(result).contains("bounded: 3 is not an integer from 1 to 2"))
    }

    @Test func aDuplicateNameEndsTheProgram() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Self.parameters(of: Twice.self)
        }
        #expect(text(result).contains("'rate' is declared twice"))
    }

    @Test func aRecordWithAForeignDefaultEndsTheProgram() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Self.parameters(of: Changed.self)
        }
        #expect(text(result).contains("'record' changes its record's defaults"))
    }

    private static func parameters(of type: (some StageParameters).Type) -> [Parameter] {
        StageSchema(name: "bad", summary: "", outputs: [], parameters: type).parameters
    }

    private func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
}
