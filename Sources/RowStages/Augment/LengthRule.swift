import Comparisons
import StageKit

/// Which rows' labels go against the length of their responses: people mostly prefer the longer response, and these are
/// the rows where they did not.
struct LengthRule: Sendable {
    /// What a response's length is counted in.
    enum Unit: String, SettingChoice {
        case words
        case characters
        case tokens
    }

    /// How many times as long as the winner the loser must be, more than.
    let loserRatio: Double
    /// How many times as long as the shorter response of a tie the longer must be, more than.
    let tieRatio: Double

    /// True where the label goes against lengths `a` and `b`; false for a row without a label.
    func isAgainstLength(_ label: ComparisonLabel?, a: Int, b: Int) -> Bool {
        let (a, b) = (Double(a), Double(b))
        return switch label {
        case .a: loserRatio * a < b
        case .b: a > loserRatio * b
        case .tie: a > tieRatio * b || b > tieRatio * a
        case nil: false
        }
    }

    /// The number of pieces between single spaces: no piece in an empty text.
    static func words(_ text: ArraySlice<UInt8>) -> Int {
        text.isEmpty ? 0 : text.reduce(1) { $0 + ($1 == 0x20 ? 1 : 0) }
    }

    /// The number of Unicode code points.
    static func characters(_ text: ArraySlice<UInt8>) -> Int {
        text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}
