import Comparisons
import StageKit

/// Decides which rows' labels go against the lengths of their responses: people mostly prefer the longer response, but
/// not in these rows.
struct LengthRule: Sendable {
    /// The unit of a response's length.
    enum Unit: String, SettingChoice {
        case words
        case characters
        case tokens
    }

    /// The loser must be more than this many times as long as the winner.
    let loserRatio: Double
    /// In a tie, the longer response must be more than this many times as long as the shorter one.
    let tieRatio: Double

    /// Whether the label goes against lengths `a` and `b`; false for an unlabeled row.
    func isAgainstLength(_ label: ComparisonLabel?, a: Int, b: Int) -> Bool {
        let (a, b) = (Double(a), Double(b))
        return switch label {
        case .a: loserRatio * a < b
        case .b: a > loserRatio * b
        case .tie: a > tieRatio * b || b > tieRatio * a
        case nil: false
        }
    }

    /// The number of pieces between single spaces; an empty text has none.
    static func words(_ text: ArraySlice<UInt8>) -> Int {
        text.isEmpty ? 0 : text.reduce(1) { $0 + ($1 == 0x20 ? 1 : 0) }
    }

    /// The number of Unicode code points.
    static func characters(_ text: ArraySlice<UInt8>) -> Int {
        text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}
