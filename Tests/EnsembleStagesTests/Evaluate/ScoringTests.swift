import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions

/// What an evaluation counts, on rows made by hand.
struct ScoringTests {
    private static let sure = Probabilities(a: 0.8, b: 0.1, tie: 0.1)

    private func row(
        _ number: Int, _ probabilities: Probabilities = sure, label: ComparisonLabel = .a,
        models: String? = nil, bytes: Int = 1, turns: Int = 1, fold: Int? = nil, group: String? = nil
    ) -> ScoredRow {
        ScoredRow(
            id: "\(number)", probabilities: probabilities, label: label, source: "s", language: "en",
            models: models, turns: turns, bytes: bytes, fold: fold, group: group ?? "\(number)")
    }

    private func bootstrap(threads: Int = 1, resamples: Int = 1_000, seed: Int = 1) -> Bootstrap {
        Bootstrap(resamples: resamples, seed: seed, threads: threads)
    }

    @Test func anIntervalIsThatOfTheMean() throws {
        // 400 values 0 and 1: the mean's standard error is 0.025.
        let values = (0..<400).map { Double($0 % 2) }
        let found = try #require(try bootstrap().intervals([values], groups: (0..<400).map { "\($0)" }).first)
        #expect(abs(found.low - (0.5 - 1.96 * 0.025)) < 0.01 && abs(found.high - (0.5 + 1.96 * 0.025)) < 0.01)
        #expect(try bootstrap(resamples: 0).intervals([values], groups: (0..<400).map { "\($0)" }).isEmpty)
    }

    @Test func rowsOfAGroupAreDrawnTogether() throws {
        let values = (0..<400).map { Double($0 / 4 % 2) }
        let alone = try bootstrap().intervals([values], groups: (0..<400).map { "\($0)" })[0]
        let grouped = try bootstrap().intervals([values], groups: (0..<400).map { "\($0 / 4)" })[0]
        // Four equal rows tell no more than one: twice the width.
        #expect((1.8...2.2).contains((grouped.high - grouped.low) / (alone.high - alone.low)))
    }

    @Test func differencesArePaired() throws {
        let values = (0..<300).map { Double($0 % 7) }
        let groups = (0..<300).map { "\($0)" }
        let found = try bootstrap().intervals(
            [values, values.map { $0 - 0.5 }, values.map { _ in 0.25 }], groups: groups)
        #expect(abs(found[0].low - found[1].low - 0.5) < 1e-9)
        #expect(abs(found[2].low - 0.25) < 1e-12 && abs(found[2].high - 0.25) < 1e-12)
    }

    @Test func threadsDoNotChangeWhatIsDrawn() throws {
        let values = (0..<50).map { Double($0 * $0 % 11) }
        let groups = (0..<50).map { "\($0 % 20)" }
        let one = try bootstrap().intervals([values], groups: groups)[0]
        let many = try bootstrap(threads: 4).intervals([values], groups: groups)[0]
        let other = try bootstrap(seed: 2).intervals([values], groups: groups)[0]
        #expect(one == many && one != other)
    }

    @Test func reliabilityCountsWhatCameTrue() throws {
        let rows =
            (0..<10).map { row($0, label: $0 < 8 ? .a : .tie) } + [row(10, Probabilities(a: 1, b: 0, tie: 0))]
        let all = Reliability.all(rows)
        #expect(all.map(\.name) == ["most likely label", "A wins", "B wins", "tie"])
        let bin = try #require(all[0].bins.first)
        #expect(bin.tenth == 8 && bin.count == 10 && abs(bin.predicted - 0.8) < 1e-12 && bin.observed == 0.8)
        // Wilson's interval of 8 in 10.
        #expect(abs(bin.interval.low - 0.490162) < 1e-6 && abs(bin.interval.high - 0.943318) < 1e-6)
        // Certainty is in the last bin, and what was never said in none.
        #expect(all[0].bins.map(\.tenth) == [8, 9] && all[2].bins.map(\.tenth) == [0, 1])
        #expect(all[3].bins.map(\.count) == [1, 10] && all[3].bins[1].observed == 0.2)
    }

    @Test func foldsSpread() throws {
        let half = Probabilities(a: 0.5, b: 0.3, tie: 0.2)
        let rows = (0..<8).map { row($0, $0 % 2 == 0 ? Self.sure : half, fold: $0 % 2) }
        let spread = try #require(FoldSpread(rows))
        let losses = [Self.sure.logLoss(.a), half.logLoss(.a)]
        #expect(abs(spread.mean - (losses[0] + losses[1]) / 2) < 1e-12)
        #expect(abs(spread.deviation - (losses[1] - losses[0]) / 2.0.squareRoot()) < 1e-12)
        #expect(spread.lowest == losses[0] && spread.highest == losses[1] && spread.folds == 2)
        #expect(FoldSpread([row(1, fold: 0), row(2)]) == nil)
    }

    @Test func modelPairsHaveNoOrderAndRareOnesAreTogether() throws {
        let rows =
            (0..<25).map { row($0, models: "gpt-4 / llama", bytes: $0) }
            + (25..<35).map { row($0, models: "rare / x", bytes: $0, turns: 2) } + [
                row(35, bytes: 35, turns: 9)
            ]
        let slices = try Slices.all(rows, bootstrap())
        #expect(slices.map(\.name) == ["source", "turns", "language", "length", "model pair"])
        #expect(slices[4].parts.map(\.name) == ["gpt-4 / llama", "others"])
        #expect(slices[4].parts.map(\.scores.count) == [25, 11])
        #expect(slices[1].parts.map(\.name) == ["1", "2", "4 or more"])
        #expect(slices[3].parts.map(\.scores.count) == [9, 9, 9, 9])
        #expect(slices[3].parts.allSatisfy { $0.interval != nil })
        #expect(try Slices.all([row(1)], bootstrap()).map(\.name).contains("model pair") == false)
    }

    @Test func gainsAreOverTheRowsThatBothHave() throws {
        let rows = (0..<40).map { row($0) }
        let worse = Probabilities(a: 0.4, b: 0.3, tie: 0.3)
        let others = rows.prefix(10).map { $0.predicted(worse) } + [row(99, worse)]
        let found = try Contender.all(rows, others: [("member", others)], bootstrap())[0]
        #expect(abs(found.gain - (worse.logLoss(.a) - Self.sure.logLoss(.a))) < 1e-12)
        #expect(found.scores.count == 11)
        let interval = try #require(found.interval)
        #expect(abs(interval.low - found.gain) < 1e-9 && abs(interval.high - found.gain) < 1e-9)
    }
}
