import Testing

@testable import Comparisons
@testable import Predictions

struct ScoresTests {
    @Test func scoresAreThoseOfTheirDefinitions() {
        let rows: [(probabilities: Probabilities, label: ComparisonLabel)] = [
            (Probabilities(a: 0.7, b: 0.2, tie: 0.1), .a), (Probabilities(a: 0.5, b: 0.25, tie: 0.25), .b),
        ]
        let scores = Scores(rows)
        // −(ln 0.7 + ln 0.25) / 2
        #expect(abs(scores.logLoss - 0.871484652529311) < 1e-12)
        #expect(scores.accuracy == 0.5)
        // (0.09 + 0.04 + 0.01 + 0.25 + 0.5625 + 0.0625) / 2
        #expect(abs(scores.brier - 0.5075) < 1e-12)
        // Bins of 1/15: 0.7 with a hit, 0.5 with none.
        #expect(abs(scores.calibrationError - 0.4) < 1e-12)
        #expect(scores.confusion == [[1, 0, 0], [1, 0, 0], [0, 0, 0]])
    }

    @Test func certainAndWrongIsBadButFinite() {
        let scores = Scores([(Probabilities(a: 1, b: 0, tie: 0), .b)])
        #expect(scores.logLoss.isFinite)
        #expect(scores.logLoss > 30)
    }

    @Test func perfectPredictionsLoseNothing() {
        let scores = Scores([(Probabilities(a: 0, b: 0, tie: 1), .tie)])
        #expect(scores.logLoss < 1e-12)
        #expect(scores.brier == 0)
        #expect(scores.calibrationError == 0)
    }
}
