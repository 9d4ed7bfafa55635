import Glibc

/// What is learned of the features themselves, on training rows alone: how rare a term is, and how large a number.
struct FeatureScaling: Sendable {
    /// ln((1 + n) / (1 + df)) + 1 per bucket, over responses.
    var rarity: [Float]
    /// The mean of each number of a response, a prompt and a pair.
    var means: [Double]
    /// The standard deviation of each; of a response's numbers, that of the difference between two.
    var deviations: [Double]

    /// The scaling of training rows.
    init(fitting features: ComparisonFeatures, bits: Int) {
        var frequencies = [Int32](repeating: 0, count: 1 << bits)
        for bucket in features.responseA.buckets { frequencies[Int(bucket)] += 1 }
        for bucket in features.responseB.buckets { frequencies[Int(bucket)] += 1 }
        let documents = Double(2 * features.count)
        rarity = frequencies.map { Float(log((1 + documents) / (1 + Double($0))) + 1) }
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

    init(rarity: [Float], means: [Double], deviations: [Double]) {
        self.rarity = rarity
        self.means = means
        self.deviations = deviations
    }

    /// Term weights of unit length: damped frequency times rarity, divided by the vector's norm.
    func weighted(_ rows: SparseRows) -> SparseRows {
        var result = SparseRows()
        for row in 0..<rows.count {
            var entries: [(bucket: UInt32, value: Float)] = []
            entries.reserveCapacity(rows.starts[row + 1] - rows.starts[row])
            var norm: Float = 0
            for position in rows.starts[row]..<rows.starts[row + 1] {
                let bucket = rows.buckets[position]
                let value = rows.values[position] * rarity[Int(bucket)]
                norm += value * value
                entries.append((bucket, value))
            }
            let scale = norm > 0 ? 1 / norm.squareRoot() : 0
            for index in entries.indices { entries[index].value *= scale }
            result.append(entries)
        }
        return result
    }
}

/// Where things are among the numbers of a row.
enum Layout {
    private static let response = ComparisonFeatures.responseCount
    private static let prompt = ComparisonFeatures.promptCount
    private static let pair = ComparisonFeatures.pairCount
    static let inputCount = response + prompt + pair

    /// Crossed with the difference in length: the prompt's length, code, digits, questions, script, turns.
    private static let crossed = [0, 3, 7, 8, 13, prompt - 1]
    /// How many numbers change their sign when A and B change places.
    static let oddCount = 3 * response + crossed.count
    /// How many do not.
    static let evenCount = 2 * response + prompt + pair

    /// The means of the two responses, and the prompt's and the pair's numbers; and what their spread is measured on.
    static func inputs(_ dense: [Double], _ row: Int) -> (center: [Double], spread: [Double]) {
        let base = row * ComparisonFeatures.denseCount
        var center: [Double] = []
        var spread: [Double] = []
        for index in 0..<response {
            let a = dense[base + index]
            let b = dense[base + response + index]
            center.append((a + b) / 2)
            spread.append(a - b)
        }
        let rest = Array(dense[(base + 2 * response)..<(base + ComparisonFeatures.denseCount)])
        return (center + rest, spread + rest)
    }

    /// The numbers that a model weighs: odd ones, negated bit by bit when A and B change places, and even ones.
    static func outputs(
        _ dense: [Double], _ row: Int, _ scaling: FeatureScaling
    ) -> (odd: [Double], even: [Double]) {
        let (center, spread) = inputs(dense, row)
        var odd: [Double] = []
        var even: [Double] = []
        odd.reserveCapacity(oddCount)
        even.reserveCapacity(evenCount)
        for index in 0..<response {
            let difference = spread[index] / scaling.deviations[index]
            odd.append(difference / (1 + abs(difference) / 4))
            odd.append(difference / (0.5 + abs(difference)))
            odd.append(difference / (0.05 + abs(difference)))
            even.append((center[index] - scaling.means[index]) / scaling.deviations[index])
            even.append(abs(difference) / (0.5 + abs(difference)))
        }
        let length = odd[1]
        let scaled = (response..<inputCount).map {
            max(-4, min(4, (center[$0] - scaling.means[$0]) / scaling.deviations[$0]))
        }
        for index in crossed { odd.append(length * scaled[index]) }
        return (odd, even + scaled)
    }
}
