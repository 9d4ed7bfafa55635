import StageSchemas
import Testing

@testable import Commands

@Test(arguments: [
    ("loss < 0.8", 0.7, true), ("loss < 0.8", 0.8, false), ("loss<=0.8", 0.8, true), ("loss > 1", 1.5, true),
    ("loss >= 1.5", 1.5, true), ("loss = 2", 2, true), ("loss == 2", 2.5, false), ("loss != 2", 2.5, true),
    ("loss < 1e-3", 0.0005, true), ("loss < -1", -2, true),
])
func conditionsCompareNumbers(text: String, value: Double, holds: Bool) throws {
    let condition = try Condition(text)
    #expect(condition.name == "loss")
    #expect(condition.holds(for: .number(value)) == holds)
}

@Test func conditionsCompareTextsAndKinds() throws {
    #expect(try Condition("model = gemma").holds(for: "gemma"))
    #expect(try Condition("model = \"gemma\"").holds(for: "gemma"))
    #expect(try !Condition("model = gemma").holds(for: "llama"))
    #expect(try Condition("model < llama").holds(for: "gemma"))
    #expect(try Condition("rank = 8").holds(for: .integer(8)))
    // A text may look like a number or a boolean.
    #expect(
        try Condition("version = 1.10").holds(for: "1.10") && !Condition("version = 1.1").holds(for: "1.10"))
    #expect(
        try !Condition("version != 1.10").holds(for: "1.10") && Condition("version != 1.10").holds(for: "1.9")
    )
    #expect(try Condition("flag = true").holds(for: .boolean(true)))
    // A text is neither below nor above a number, and a missing value meets nothing.
    #expect(try !Condition("rank < 8").holds(for: "7"))
    #expect(try !Condition("rank > 8").holds(for: "7"))
    #expect(try !Condition("rank != 8").holds(for: nil))
    #expect(try !Condition("loss < 1").holds(for: .number(.nan)))
    #expect(try !Condition("loss >= 1").holds(for: .number(.nan)))
}

@Test(arguments: ["", "loss", "< 3", "loss <", "loss ~ 3"])
func otherConditionsAreRefused(text: String) {
    #expect(throws: CommandFailure.self) { try Condition(text) }
}
