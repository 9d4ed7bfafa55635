package import Comparisons

extension ComparisonLabel {
    /// Its index among a language model's answers: A, B, tie.
    package var answer: Int {
        switch self {
        case .a: 0
        case .b: 1
        case .tie: 2
        }
    }
}
