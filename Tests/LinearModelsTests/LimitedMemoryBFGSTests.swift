import Glibc
import Testing

@testable import LinearModels

struct LimitedMemoryBFGSTests {
    @Test func findsTheMinimumOfAnIllConditionedQuadratic() throws {
        let scales = (0..<40).map { pow(10, Double($0) / 13) }
        let optimizer = LimitedMemoryBFGS(maximumIterations: 500, tolerance: 1e-15)
        let outcome = try optimizer.minimize(from: Array(repeating: 0, count: 40)) { point in
            var value = 1.0
            var gradient: [Double] = []
            for (x, scale) in zip(point, scales) {
                value += 0.5 * scale * (x - 1) * (x - 1)
                gradient.append(scale * (x - 1))
            }
            return (value, gradient)
        }
        for x in outcome.point { #expect(abs(x - 1) < 1e-4) }
        for (before, after) in zip(outcome.values, outcome.values.dropFirst()) { #expect(after <= before) }
    }

    @Test func staysIfNothingCanBeGained() throws {
        let outcome = try LimitedMemoryBFGS().minimize(from: [3, 4]) { _ in (2, [0, 0]) }
        #expect(outcome.point == [3, 4])
        #expect(outcome.values == [2])
    }
}
