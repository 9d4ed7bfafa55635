/// The arrangement of a row's numeric features.
package enum Layout {
    private static let response = ComparisonFeatures.responseCount
    private static let prompt = ComparisonFeatures.promptCount
    private static let pair = ComparisonFeatures.pairCount
    static let inputCount = response + prompt + pair

    /// Crossed with the difference in length: the prompt's length, code, digits, questions, script, turns.
    private static let crossed = [0, 3, 7, 8, 13, prompt - 1]
    /// The number of features that change sign when A and B are exchanged.
    static let oddCount = 3 * response + crossed.count
    /// The index of the difference in length, from −1 to 1.
    package static let length = 1
    /// The number of features that do not change sign.
    static let evenCount = 2 * response + prompt + pair

    /// The means of the two responses, and the features of prompt and pair; and the values that determine their spread.
    package static func inputs(_ dense: [Double], _ row: Int) -> (center: [Double], spread: [Double]) {
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

    /// The features that a model weights: odd ones, which are negated bit by bit when A and B are exchanged, and even
    /// ones.
    package static func outputs(
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
        let length = odd[Self.length]
        let scaled = (response..<inputCount).map {
            max(-4, min(4, (center[$0] - scaling.means[$0]) / scaling.deviations[$0]))
        }
        for index in crossed { odd.append(length * scaled[index]) }
        return (odd, even + scaled)
    }
}
