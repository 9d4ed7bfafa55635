import Testing

@testable import PreferenceStages

struct TurnPackingTests {
    private func choose(_ lengths: [Double]) -> TurnPacking.Choice {
        TurnPacking.choose(lengths: lengths, limit: 100)
    }

    @Test func keepsTheLongestSuffixThatFits() {
        #expect(choose([10, 20, 30]) == .init(kept: 0..<3, isOverflow: false))
        #expect(choose([90, 40, 60]) == .init(kept: 1..<3, isOverflow: false))
        #expect(choose([1, 99, 2]) == .init(kept: 2..<3, isOverflow: false))
        #expect(choose([100]) == .init(kept: 0..<1, isOverflow: false))
    }

    @Test func aTurnThatDoesNotFitEndsTheRow() {
        // The second turn is too long by itself: only what follows it is kept, though the first would fit.
        #expect(choose([10, 500, 30]) == .init(kept: 2..<3, isOverflow: false))
    }

    @Test func aLastTurnThatIsTooLongOverflows() {
        #expect(choose([10, 101]) == .init(kept: 1..<2, isOverflow: true))
        #expect(choose([100.5]) == .init(kept: 0..<1, isOverflow: true))
        #expect(choose([0, 100.5]) == .init(kept: 1..<2, isOverflow: true))
    }
}
