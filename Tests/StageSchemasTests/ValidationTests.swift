import StageSchemas
import Testing

@Suite struct ValidationTests {
    private let parameters = [
        Parameter("folds", .integer(2...100), default: 5, "Folds."),
        Parameter("groupBy", .choice(["conversation", "prompt"]), default: "conversation", "Groups."),
        Parameter("rate", .number(0...1), "The rate."),
        Parameter(
            "rules", .list(.record([Parameter("weight", .anyNumber, default: 1, "Weight.")])), default: [],
            "Rules."),
        Parameter("limit", .optional(.anyInteger), default: .null, "Limit."),
    ]

    @Test func fillsInDefaultsAndNormalizesNumbers() {
        let (values, problems) = parameters.validated(["rate": 1.0, "rules": [[:], ["weight": 2]]])
        #expect(problems.isEmpty)
        #expect(
            values == [
                "folds": 5, "groupBy": "conversation", "rate": 1, "limit": .null,
                "rules": [["weight": 1], ["weight": 2]],
            ])
    }

    @Test(
        arguments: [
            (["fold": 3, "rate": 0], "fold: unknown parameter; did you mean 'folds'?"),
            (["folds": 1, "rate": 0], "folds: 1 is not an integer from 2 to 100"),
            (["folds": 2.5, "rate": 0], "folds: expected an integer from 2 to 100, not 2.5"),
            (["rate": "high"], "rate: expected a number from 0.0 to 1.0, not the text 'high'"),
            (
                ["groupBy": "promt", "rate": 0],
                "groupBy: 'promt' is not one of conversation, prompt; did you mean 'prompt'?"
            ),
            ([:], "rate: required: a number from 0.0 to 1.0. The rate."),
            (
                ["rate": 0, "rules": [["wait": 2]]],
                "rules.0.wait: unknown parameter; it takes weight"
            ),
            (["rate": 0, "limit": "x"], "limit: expected an integer, not the text 'x'"),
        ] as [([String: Value], String)])
    func eachMistakeHasItsMessage(values: [String: Value], sentence: String) {
        #expect(parameters.validated(values).problems.map(\.description) == [sentence])
    }
}
