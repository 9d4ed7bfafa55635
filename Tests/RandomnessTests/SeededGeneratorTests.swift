import Testing

@testable import Randomness

struct SeededGeneratorTests {
    @Test func numbersAreTheSameEverywhere() {
        var random = SeededGenerator(seed: 42, stream: 7)
        let first = (0..<3).map { _ in random.next() }
        #expect(first == [0x9c25c36dc45de5fc, 0xeff8f204b4ebaecd, 0x4f4c0a9f067fefed])
    }

    @Test func streamsAndSeedsDiffer() {
        var seen = Set<UInt64>()
        for seed in -2...2 {
            for stream in 0..<200 {
                var random = SeededGenerator(seed: seed, stream: stream)
                for _ in 0..<5 { seen.insert(random.next()) }
            }
        }
        #expect(seen.count == 5 * 200 * 5)
    }

    @Test func boundedIntegersAreUniform() {
        var random = SeededGenerator(seed: 1)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
        for count in counts { #expect(abs(count - 10_000) < 500) }
    }

    @Test func normalNumbersHaveMeanAndDeviation() {
        var random = SeededGenerator(seed: 3)
        let numbers = (0..<50_000).map { _ in random.normal() }
        let mean = numbers.reduce(0, +) / 50_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50_000
        #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03)
    }

    @Test func shufflingKeepsTheElements() {
        var random = SeededGenerator(seed: 3)
        var numbers = Array(0..<100)
        random.shuffle(&numbers)
        #expect(numbers != Array(0..<100) && numbers.sorted() == Array(0..<100))
    }
}
