import Predictions
import StageKit
import StageSchemas

/// A rule's result: three probabilities that sum to 1.
struct RuleProbabilities: SettingValue {
    private let numbers: [Double]

    init(_ first: Double, _ second: Double, _ tie: Double) { numbers = [first, second, tie] }

    init(from decoder: any Decoder) throws { numbers = try [Double](from: decoder) }

    /// The probabilities, normalized to sum to exactly 1.
    var probabilities: Probabilities {
        Probabilities(a: numbers[0], b: numbers[1], tie: numbers[2]).normalized
    }

    static var parameterType: ParameterType { .list(.number(0...1)) }
    var parameterValue: Value { numbers.parameterValue }

    func validate() throws(ParameterProblem) {
        guard numbers.count == 3, abs(numbers.reduce(0, +) - 1) < 1e-6 else {
            throw ParameterProblem(path: [], message: "expected three probabilities that sum to 1")
        }
    }
}
