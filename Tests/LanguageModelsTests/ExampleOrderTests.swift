import Testing

@testable import LanguageModels

@Suite struct ExampleOrderTests {
    @Test(arguments: [1, 2, 7, 100]) func everyEpochShufflesAllExamples(
        count: Int
    ) {
        var order = ExampleOrder(count: count, seed: 3, shuffles: true)
        let epochs = (0..<4).map { order.examples(at: ($0 * count)..<(($0 + 1) * count)) }
        for epoch in epochs { #expect(epoch.sorted() == Array(0..<count)) }
        if count > 6 { #expect(Set(epochs).count == 4) }
        var other = ExampleOrder(count: count, seed: 4, shuffles: true)
        if count > 6 { #expect(other.examples(at: 0..<count) != epochs[0]) }
        // What was asked before does not matter, nor does a step that spans two epochs.
        var late = ExampleOrder(count: count, seed: 3, shuffles: true)
        let both = epochs[2] + epochs[3]
        let middle = (3 * count - count / 2)..<(3 * count + count / 2)
        #expect(late.examples(at: middle) == middle.map { both[$0 - 2 * count] })
        var given = ExampleOrder(count: count, seed: 3, shuffles: false)
        #expect(given.examples(at: 0..<(2 * count)) == (0..<(2 * count)).map { $0 % count })
    }

    @Test func ordersAreUniform() {
        // Where example 0 comes to lie among 5, over 2,000 epochs: 400 each, give or take.
        var counts = [0, 0, 0, 0, 0]
        for epoch in 0..<2000 {
            let order = ExampleOrder.permutation(5, seed: 1, epoch: epoch)
            counts[order.firstIndex(of: 0) ?? 0] += 1
        }
        #expect(counts.allSatisfy { 320...480 ~= $0 })
    }

    @Test func passesAreFilledWithTheLongestExamplesFirst() {
        #expect(ExampleOrder.passes([5, 9, 5, 3, 20, 1], tokens: 10) == [[4], [1], [0, 2], [3, 5]])
        #expect(ExampleOrder.passes([], tokens: 10).isEmpty)
        #expect(ExampleOrder.passes([3, 3, 3], tokens: 1) == [[0], [1], [2]])
    }
}
