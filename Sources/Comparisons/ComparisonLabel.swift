/// The winner of a comparison.
package enum ComparisonLabel: String, Sendable, Hashable, Codable, CaseIterable {
    /// Response A is better.
    case a
    /// Response B is better.
    case b
    /// Both are equally good, or equally bad.
    case tie

    /// The label after exchanging the two responses.
    package var swapped: ComparisonLabel {
        switch self {
        case .a: .b
        case .b: .a
        case .tie: .tie
        }
    }
}
