import StageKit

/// Which turns of a conversation share a row.
enum TurnPacking: String, SettingChoice {
    /// From the last turn to the first: the last row is the longest run of last turns that fits.
    case backward
    /// From the first turn to the last.
    case forward
    /// All turns in one row, one model after the other.
    case byModel

    /// The turns in one row.
    struct Row: Sendable, Hashable {
        /// The turns, which are consecutive.
        var turns: Range<Int>
        /// Whether the row is a single turn that is too long.
        var isOverflow: Bool
    }

    /// The rows of a conversation, in the order of its turns.
    ///
    /// A turn joins the preceding row (or the following one, when packing backward) if the sum of their lengths is at
    /// most the limit; otherwise it starts a new row. So every row except an overflow is within the limit.
    func rows(lengths: [Double], limit: Double) -> [Row] {
        switch self {
        case .byModel: return [Row(turns: 0..<lengths.count, isOverflow: false)]
        case .forward: return Self.forward(lengths, limit)
        case .backward:
            let count = lengths.count
            return Self.forward(lengths.reversed(), limit).reversed().map { row in
                Row(
                    turns: count - row.turns.upperBound..<count - row.turns.lowerBound,
                    isOverflow: row.isOverflow)
            }
        }
    }

    private static func forward(_ lengths: [Double], _ limit: Double) -> [Row] {
        var rows: [Row] = []
        var running = 0.0
        for (turn, length) in lengths.enumerated() {
            if turn > 0, running + length <= limit {
                running += length
                rows[rows.count - 1] = Row(
                    turns: rows[rows.count - 1].turns.lowerBound..<turn + 1, isOverflow: false)
            } else {
                running = length
                rows.append(Row(turns: turn..<turn + 1, isOverflow: length > limit))
            }
        }
        return rows
    }
}
