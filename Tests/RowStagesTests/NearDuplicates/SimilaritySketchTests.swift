import StageKit
import Testing

@testable import RowStages

struct SimilaritySketchTests {
    private func sketch(_ elements: [UInt64], _ size: Int) -> SimilaritySketch {
        var sketch = SimilaritySketch(size: size)
        let mixed = elements.map { BitMixing.mixed($0) }
        sketch.fill(mixed.span)
        return sketch
    }

    @Test(arguments: [1, 2, 10, 50, 1_000], [0.2, 0.5, 0.8, 1])
    func positionsAgreeWithTheSimilarityOfSets(_ count: Int, _ wanted: Double) {
        let (size, trials) = (96, 40)
        var (agreeing, expected) = (0, 0.0)
        for trial in 0..<trials {
            let common = Int((2 * wanted / (1 + wanted) * Double(count)).rounded())
            let base = UInt64(trial) << 32
            let left = (0..<UInt64(count)).map { base + $0 }
            let right = (0..<UInt64(count)).map { $0 < UInt64(common) ? base + $0 : base + $0 + 1 << 20 }
            let (one, other) = (sketch(left, size), sketch(right, size))
            agreeing += zip(one.places, other.places).count { $0 == $1 }
            expected += Double(common) / Double(2 * count - common)
        }
        let found = Double(agreeing) / Double(size * trials)
        let similarity = expected / Double(trials)
        // Four deviations of the mean of trials whose places are at least as sharp as independent ones.
        let deviation = (similarity * (1 - similarity) / Double(trials * min(size, count))).squareRoot()
        #expect(abs(found - similarity) <= 4 * deviation + 1e-9)
    }

    @Test func noPlaceStaysEmptyAndOrderAndRepetitionDoNotCount() {
        for count in [1, 3, 200] {
            let elements = (0..<UInt64(count)).map { $0 * 77 }
            let whole = sketch(elements, 128)
            #expect(!whole.places.contains(.max))
            #expect(sketch(elements.reversed() + elements, 128).places == whole.places)
        }
    }

    @Test func bandingFindsWhatItPromises() throws {
        let banding = try #require(Banding(threshold: 0.8, recall: 0.99, places: 128))
        #expect(banding.bands == 16 && banding.rows == 6)
        #expect(banding.probability(atSimilarity: 0.8) >= 0.99)
        #expect(banding.probability(atSimilarity: 0.3) < 0.02)
        #expect(Banding(threshold: 0.1, recall: 0.99, places: 16) == nil)
        for threshold in stride(from: 0.3, through: 1, by: 0.1) {
            let banding = try #require(Banding(threshold: threshold, recall: 0.95, places: 256))
            #expect(banding.places <= 256 && banding.probability(atSimilarity: threshold) >= 0.95)
        }
    }
}
