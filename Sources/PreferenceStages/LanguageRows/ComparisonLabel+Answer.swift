extension ComparisonLabel {
    /// Its place among a language model's answers: A, B, tie.
    var answer: Int {
        switch self {
        case .a: 0
        case .b: 1
        case .tie: 2
        }
    }
}
