import Testing

@testable import Charts

struct ScaleTests {
    @Test(
        arguments: [
            ([0, 10], ["0", "2", "4", "6", "8", "10"]),
            ([0.85, 1.1], ["0.85", "0.90", "0.95", "1.00", "1.05", "1.10"]),
            ([-3, 4], ["−3", "−2", "−1", "0", "1", "2", "3", "4"]),
            ([5], ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4", "5.6"]),
            ([0, 57_477], ["0", "10000", "20000", "30000", "40000", "50000", "60000"]),
            ([], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            ([.nan, .infinity, 1, 2], ["1.0", "1.2", "1.4", "1.6", "1.8", "2.0"]),
        ] as [([Double], [String])])
    func roundEnds(_ values: [Double], _ labels: [String]) {
        #expect(Scale(covering: values).ticks.map(\.label) == labels)
    }

    @Test func givenEndsAreKept() throws {
        let scale = Scale(covering: [], bounds: 0.1...0.93)
        #expect(scale.domain == 0.1...0.93)
        #expect(scale.ticks.map(\.label) == ["0.2", "0.4", "0.6", "0.8"])
        #expect(scale.position(0.1) == 0 && scale.position(0.93) == 1)
    }

    @Test func logarithmicScalesHaveDecades() throws {
        let scale = Scale(covering: [3, 40_000], spacing: .logarithmic)
        #expect(scale.ticks.map(\.label) == ["1", "10", "100", "1000", "10000", "1e5"])
        #expect(try abs(#require(scale.position(1_000)) - 0.6) < 1e-12)
        #expect(scale.position(0) == nil && scale.position(-1) == nil)
        let rates = Scale(covering: [2e-6, 1e-4], spacing: .logarithmic)
        #expect(rates.ticks.map(\.label) == ["1e-6", "2e-6", "5e-6", "1e-5", "2e-5", "5e-5", "0.0001"])
    }

    @Test func everyValueHasAPlaceAndTicksAreFew() {
        var state: UInt64 = 7
        func draw() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        for _ in 0..<3_000 {
            var size = 1.0
            for _ in 0..<Int(draw() * 60) { size *= draw() < 0.5 ? 10 : 0.1 }
            let values = (0..<3).map { _ in (draw() - 0.4) * size }
            let scale = Scale(covering: values)
            #expect(
                values.allSatisfy { (scale.position($0)).map { (-1e-9...1 + 1e-9).contains($0) } ?? false })
            #expect((2...14).contains(scale.ticks.count))
            #expect(zip(scale.ticks, scale.ticks.dropFirst()).allSatisfy { $0.value < $1.value })
        }
    }

    @Test(arguments: [
        (0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-12.5, 0, "−13"), (0.99996, 4, "1.0000"),
        (3.14159, 4, "3.1416"), (1e300, 2, "1e+300"), (.nan, 3, "nan"),
    ])
    func decimals(_ number: Double, _ digits: Int, _ text: String) {
        #expect(Numerals.decimal(number, digits: digits) == text)
    }
}
