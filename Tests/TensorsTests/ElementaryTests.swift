import Foundation
import Testing

@testable import Tensors

@Suite struct ElementaryTests {
    /// The largest error in units of the last place.
    private func error(_ numbers: [Float], _ fast: (Float) -> Float, _ exact: (Double) -> Double) -> Double {
        numbers.reduce(0) { worst, x in
            let truth = exact(Double(x))
            return max(worst, abs(Double(fast(x)) - truth) / Double(Float(truth).ulp))
        }
    }

    private let numbers = (-87_000...87_000).map { Float($0) * 1e-3 + 1e-5 }
    private let small = (-20_000...20_000).flatMap { [Float($0) * 1e-3, Float($0) * 1e-8] }.filter { $0 != 0 }

    @Test func elementaryFunctionsAreAccurateToAFewUnitsInTheLastPlace() {
        #expect(error(numbers, Elementary.exponential, Foundation.exp) < 2)
        #expect(error(small, Elementary.exponentialMinusOne, Foundation.expm1) < 3)
        #expect(error(small, Elementary.tangent, Foundation.tanh) < 4)
        #expect(error(numbers, Elementary.sigmoid) { 1 / (1 + Foundation.exp(-$0)) } < 4)
    }

    @Test func elementaryFunctionsSaturate() {
        #expect(Elementary.exponential(-.infinity) < 1.3e-38 && Elementary.exponential(-.infinity) >= 0)
        #expect(Elementary.exponential(.infinity) > 1e38)
        #expect(Elementary.exponential(0) == 1 && Elementary.tangent(0) == 0)
        #expect(Elementary.tangent(.infinity) == 1 && Elementary.tangent(-.infinity) == -1)
        #expect(Elementary.exponential(.nan).isNaN && Elementary.tangent(.nan).isNaN)
    }

    @Test(arguments: [1, 2, 15, 16, 17, 100])
    func sumsAndMaximaIncludeEveryNumberOnce(_ count: Int) {
        let numbers = (0..<count).map { Float(($0 * 7) % count) }
        numbers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            #expect(Reductions.maximum(base, count) == Float((0..<count).map { ($0 * 7) % count }.max() ?? 0))
            let sum = Reductions.sum(count, vector: { base.sixteen($0) }, scalar: { base[$0] })
            #expect(sum == numbers.reduce(0, +))
        }
    }
}
