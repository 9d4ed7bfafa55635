import Testing

@testable import PromptTemplates

struct TokenBudgetTests {
    /// The most tokens, then the prompt's part and each response's.
    @Test(arguments: [(1_900, 380, 760), (2_048, 409, 819), (2_200, 440, 880), (16, 3, 6)])
    func aFifthIsThePromptsAndEachResponseHasHalfOfTheRest(_ maximum: Int, _ prompt: Int, _ response: Int) {
        let budget = TokenBudget(maximum: maximum)
        #expect(budget.prompt == prompt && budget.response == response)
        #expect(budget.prompt + 2 * budget.response <= maximum)
    }

    @Test func fixedPartsAreTaken() {
        let budget = TokenBudget(maximum: 2_048, prompt: 400, response: 1_000)
        #expect(budget.prompt == 400 && budget.response == 1_000)
        // A prompt's part beyond the whole leaves responses nothing.
        #expect(TokenBudget(maximum: 100, prompt: 300).response == 0)
    }
}
