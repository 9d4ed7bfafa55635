import Testing

@testable import Randomness
@testable import RowStages

struct TurnPackingTests {
    private func backward(_ lengths: [Double]) -> [TurnPacking.Row] {
        TurnPacking.backward.rows(lengths: lengths, limit: 100)
    }

    private func forward(_ lengths: [Double]) -> [TurnPacking.Row] {
        TurnPacking.forward.rows(lengths: lengths, limit: 100)
    }

    private func row(_ turns: Range<Int>, overflow: Bool = false) -> TurnPacking.Row {
        TurnPacking.Row(turns: turns, isOverflow: overflow)
    }

    @Test func theLastRowIsTheLongestSuffixThatFits() {
        #expect(backward([10, 20, 30]) == [row(0..<3)])
        #expect(backward([90, 40, 60]) == [row(0..<1), row(1..<3)])
        #expect(backward([1, 99, 2]) == [row(0..<2), row(2..<3)])
        #expect(backward([100]) == [row(0..<1)])
    }

    @Test func theExampleOfThreeTurns() {
        // The first is long, and the others fit together.
        #expect(backward([80, 30, 40]) == [row(0..<1), row(1..<3)])
        // The second alone is too long: it gets its own row, and so does the third.
        #expect(backward([80, 130, 40]) == [row(0..<1), row(1..<2, overflow: true), row(2..<3)])
    }

    @Test func anOverflowIsOneTurnThatIsTooLong() {
        #expect(backward([10, 101]) == [row(0..<1), row(1..<2, overflow: true)])
        #expect(backward([100.5]) == [row(0..<1, overflow: true)])
        // An empty turn does not join it.
        #expect(backward([0, 100.5]) == [row(0..<1), row(1..<2, overflow: true)])
    }

    @Test func forwardFillsTheFirstRowFirst() {
        #expect(forward([40, 60, 1]) == [row(0..<2), row(2..<3)])
        #expect(forward([90, 40, 60]) == [row(0..<1), row(1..<3)])
        #expect(forward([120, 1]) == [row(0..<1, overflow: true), row(1..<2)])
    }

    @Test func byModelTakesAllTurns() {
        #expect(TurnPacking.byModel.rows(lengths: [500, 1], limit: 100) == [row(0..<2)])
    }

    @Test func rowsPartitionTheTurnsAndNoneCouldTakeItsNeighbor() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let lengths = (0..<1 + random.integer(below: 8)).map { _ in Double(random.integer(below: 130)) }
            func sum(_ turns: Range<Int>) -> Double { lengths[turns].reduce(0, +) }
            for rows in [backward(lengths), forward(lengths)] {
                #expect(rows.flatMap { Array($0.turns) } == Array(lengths.indices))
                #expect(rows.allSatisfy { $0.isOverflow == ($0.turns.count == 1 && sum($0.turns) > 100) })
                #expect(rows.allSatisfy { $0.isOverflow || sum($0.turns) <= 100 })
            }
            for (left, right) in zip(backward(lengths), backward(lengths).dropFirst()) {
                #expect(sum(left.turns.upperBound - 1..<right.turns.upperBound) > 100)
            }
            for (left, right) in zip(forward(lengths), forward(lengths).dropFirst()) {
                #expect(sum(left.turns.lowerBound..<right.turns.lowerBound + 1) > 100)
            }
        }
    }
}
