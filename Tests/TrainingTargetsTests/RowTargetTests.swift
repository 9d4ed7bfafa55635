import Glibc
import Testing

@testable import Comparisons
@testable import Predictions
@testable import TrainingTargets

/// Labels and soft labels as losses.
struct RowTargetTests {
    private static let soft = Probabilities(a: 0.55, b: 0.15, tie: 0.3)

    private static func target(temperature: Double, gold: ComparisonLabel?, share: Double) -> RowTarget {
        var options = SoftTargets.Options()
        options.temperature = temperature
        options.goldShare = share
        return RowTarget(label: gold, soft: soft, options: options)
    }

    @Test func aLabelIsTheCrossEntropy() {
        let scores = (a: 0.7, b: -0.2, tie: 0.1)
        let probabilities = Probabilities(scores: scores)
        for label in ComparisonLabel.allCases {
            let slope = RowTarget(label: label).slope(a: scores.a, b: scores.b, tie: scores.tie)
            #expect(abs(slope.loss - probabilities.logLoss(label)) < 1e-12)
        }
    }

    @Test(arguments: [(1.0, 0.5), (2.5, 0.3), (0.5, 0)])
    func slopesAreThoseOfDifferences(_ temperature: Double, _ share: Double) {
        let target = Self.target(temperature: temperature, gold: .tie, share: share)
        let step = 1e-5
        func loss(_ s: Double, _ t: Double) -> Double { target.slope(a: s, b: -s, tie: t).loss }
        let (s, t) = (0.4, -0.3)
        let slope = target.slope(a: s, b: -s, tie: t)
        #expect(abs((loss(s + step, t) - loss(s - step, t)) / (2 * step) - slope.preference.first) < 1e-8)
        #expect(abs((loss(s, t + step) - loss(s, t - step)) / (2 * step) - slope.tie.first) < 1e-8)
        let curve = (loss(s + step, t) - 2 * loss(s, t) + loss(s - step, t)) / (step * step)
        #expect(abs(curve - slope.preference.second) < 1e-4)
        func three(_ z: SIMD3<Double>) -> Double { target.slope(a: z.x, b: z.y, tie: z.z).loss }
        let z = SIMD3(0.4, 0.1, -0.3)
        let slopes = target.slope(a: z.x, b: z.y, tie: z.z).scores
        for index in 0..<3 {
            var up = z
            var down = z
            up[index] += step
            down[index] -= step
            #expect(abs((three(up) - three(down)) / (2 * step) - slopes.first[index]) < 1e-8)
            let curve = (three(up) - 2 * three(z) + three(down)) / (step * step)
            #expect(abs(curve - slopes.second[index]) < 1e-4)
        }
    }

    @Test(arguments: [0.5, 1, 3]) func theLossIsLeastAtTheTeachersProbabilities(temperature: Double) {
        let target = Self.target(temperature: temperature, gold: nil, share: 0)
        let q = Self.soft
        let slope = target.slope(a: log(q.a), b: log(q.b), tie: log(q.tie))
        #expect(abs(slope.scores.first.x) < 1e-12 && abs(slope.scores.first.z) < 1e-12)
        // KL is 0 there: what is left is T² times the entropy of q^(1/T).
        let powers = [q.a, q.b, q.tie].map { pow($0, 1 / temperature) }
        let sum = powers.reduce(0, +)
        let entropy = powers.reduce(0) { $0 - $1 / sum * log($1 / sum) }
        #expect(abs(slope.loss - temperature * temperature * entropy) < 1e-12)
    }

    @Test func goldAndSoftAreMixed() {
        let scores = (a: 0.3, b: 0.0, tie: -0.5)
        func loss(_ target: RowTarget) -> Double {
            target.slope(a: scores.a, b: scores.b, tie: scores.tie).loss
        }
        let mixed = loss(Self.target(temperature: 1, gold: .b, share: 0.25))
        let gold = loss(RowTarget(label: .b))
        let soft = loss(Self.target(temperature: 1, gold: nil, share: 0.25))
        #expect(abs(mixed - (0.25 * gold + 0.75 * soft)) < 1e-12)
        #expect(Self.target(temperature: 1, gold: .b, share: 1) == RowTarget(label: .b))
    }

    @Test func exchangingTheAnswersExchangesTheTarget() {
        let target = Self.target(temperature: 2, gold: .a, share: 0.5)
        let one = target.slope(a: 0.3, b: -0.4, tie: 0.2)
        let other = target.swapped.slope(a: -0.4, b: 0.3, tie: 0.2)
        #expect(one.loss == other.loss)
        #expect(one.preference.first == -other.preference.first)
    }
}
