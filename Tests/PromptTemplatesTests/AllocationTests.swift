import Testing

@testable import PromptTemplates
@testable import Randomness

struct AllocationTests {
    /// Lengths, then caps, of prompt, A and B.
    @Test(arguments: [
        ([799, 1282, 173], [445, 1282, 173]), ([834, 567, 550], [783, 567, 550]),
        ([1633, 217, 214], [1469, 217, 214]), ([476, 797, 844], [300, 797, 803]),
        ([740, 962, 765], [300, 835, 765]), ([1107, 932, 868], [300, 800, 800]),
        ([163, 1045, 812], [163, 868, 868]), ([147, 811, 965], [147, 876, 876]),
        ([12, 928, 1085], [12, 944, 944]), ([18, 346, 1815], [18, 346, 1536]),
        ([2204, 373, 282], [1245, 373, 282]), ([500, 600, 600], [700, 600, 600]),
        ([122, 1270, 1745], [122, 889, 889]),
        // A text that fits the budget exactly, with one that exceeds it: it used to stay whole, beyond the total.
        ([500, 800, 1500], [300, 800, 800]), ([500, 1500, 800], [300, 800, 800]),
        ([100, 800, 1500], [100, 800, 1000]), ([500, 700, 800], [400, 700, 800]),
        ([500, 800, 700], [400, 800, 700]),
    ])
    func sharesThreeHundredAndTwiceEightHundred(_ lengths: [Int], _ caps: [Int]) {
        let found = Allocation(
            prompt: lengths[0], responseA: lengths[1], responseB: lengths[2], promptBudget: 300,
            responseBudget: 800)
        #expect([found.prompt, found.responseA, found.responseB] == caps)
    }

    @Test func sharesAnotherBudget() {
        let found = Allocation(
            prompt: 3000, responseA: 900, responseB: 100, promptBudget: 440, responseBudget: 880)
        #expect([found.prompt, found.responseA, found.responseB] == [1200, 900, 100])
    }

    @Test func neverExceedsTheTotalAndTreatsBothSidesAlike() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let budgets = (prompt: random.integer(below: 40), response: random.integer(below: 40))
            let (p, a, b) = (
                random.integer(below: 100), random.integer(below: 100), random.integer(below: 100)
            )
            let found = Allocation(
                prompt: p, responseA: a, responseB: b, promptBudget: budgets.prompt,
                responseBudget: budgets.response)
            #expect(found.prompt + found.responseA + found.responseB <= budgets.prompt + 2 * budgets.response)
            // Nothing within its budget is cut.
            #expect(found.prompt >= min(p, budgets.prompt))
            #expect(found.responseA >= min(a, budgets.response))
            #expect(found.responseB >= min(b, budgets.response))
            let mirrored = Allocation(
                prompt: p, responseA: b, responseB: a, promptBudget: budgets.prompt,
                responseBudget: budgets.response)
            #expect(mirrored.responseA == found.responseB && mirrored.responseB == found.responseA)
            #expect(mirrored.prompt == found.prompt)
        }
    }
}
