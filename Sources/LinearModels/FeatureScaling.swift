package import TextFeatures

/// Statistics of the features, fitted on training rows only: how rare a term is, and how large a number.
package struct FeatureScaling: Sendable {
    /// ln((1 + n) / (1 + df)) + 1 per bucket, over prompts and responses; 0 if it occurs in too few of them.
    package var rarity: [Float]
    /// The mean of each numeric feature of a response, a prompt and a pair.
    package var means: [Double]
    /// The standard deviation of each; for a response's features, that of the difference between the two responses.
    var deviations: [Double]

    /// The statistics of training rows. Terms in fewer than `minimumTexts` texts are dropped.
    package init(fitting features: ComparisonFeatures, bits: Int, minimumTexts: Int) {
        rarity = TermRarity.values(
            of: [features.responseA, features.responseB, features.prompt], bits: bits,
            minimumTexts: minimumTexts)
        let width = Layout.inputCount
        var sums = [Double](repeating: 0, count: width)
        var squares = [Double](repeating: 0, count: width)
        for row in 0..<features.count {
            let numbers = Layout.inputs(features.dense, row)
            for index in 0..<width {
                sums[index] += numbers.center[index]
                squares[index] += numbers.spread[index] * numbers.spread[index]
            }
        }
        let rows = Double(max(features.count, 1))
        means = sums.map { $0 / rows }
        deviations = zip(squares, means).enumerated().map { index, pair in
            let isResponse = index < ComparisonFeatures.responseCount
            let variance = pair.0 / rows - (isResponse ? 0 : pair.1 * pair.1)
            return variance > 1e-12 ? variance.squareRoot() : 1
        }
    }

    package init(rarity: [Float], means: [Double], deviations: [Double]) {
        self.rarity = rarity
        self.means = means
        self.deviations = deviations
    }

    /// The base-2 logarithm of the number of buckets.
    package var bits: Int { rarity.count.trailingZeroBitCount }

    /// A text's term weights, normalized to unit length: sublinear frequency times rarity, divided by the norm.
    package func weighted(_ rows: SparseRows, _ row: Int) -> [(bucket: UInt32, value: Float)] {
        rows.weighted(row, by: rarity)
    }
}
