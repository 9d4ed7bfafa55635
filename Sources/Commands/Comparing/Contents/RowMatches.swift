import Columns

/// The corresponding rows of two tables.
struct RowMatches {
    private(set) var pairs: [(before: Int, after: Int)] = []
    private(set) var onlyBefore: [Int] = []
    private(set) var onlyAfter: [Int] = []
    /// The number of rows whose order among the others is not the same.
    private(set) var movedCount = 0

    /// Matches rows by a column, or by their order.
    ///
    /// - Throws: `CommandFailure` if two rows of a table have the same key.
    init(_ before: Table, _ after: Table, key: String?) throws {
        guard let key, let old = before[key], let new = after[key] else {
            let count = min(before.rowCount, after.rowCount)
            pairs = (0..<count).map { ($0, $0) }
            onlyBefore = Array(count..<before.rowCount)
            onlyAfter = Array(count..<after.rowCount)
            return
        }
        var places = try Self.places(old, key, "earlier")
        _ = try Self.places(new, key, "later")
        var latest = -1
        for row in 0..<after.rowCount {
            guard let match = places.removeValue(forKey: Self.identity(new, row)) else {
                onlyAfter.append(row)
                continue
            }
            pairs.append((match, row))
            if match < latest { movedCount += 1 }
            latest = max(latest, match)
        }
        onlyBefore = places.values.sorted()
    }

    private static func places(_ column: Column, _ key: String, _ which: String) throws -> [[UInt8]: Int] {
        var places: [[UInt8]: Int] = [:]
        places.reserveCapacity(column.count)
        for row in 0..<column.count {
            if let first = places.updateValue(row, forKey: identity(column, row)) {
                throw CommandFailure.usage(
                    "rows \(first + 1) and \(row + 1) of the \(which) table have the same '\(key)', so it does not "
                        + "identify them; name another column with --key")
            }
        }
        return places
    }

    private static func identity(_ column: Column, _ row: Int) -> [UInt8] {
        switch column {
        case .string(let column), .binary(let column): column.utf8(at: row).map { [1] + $0 } ?? [0]
        default: Array(TablePreview.cell(column, row).utf8)
        }
    }
}

extension Column {
    /// The value as a number; nil if it is null or not a number.
    func number(at row: Int) -> Double? {
        switch self {
        case .integer(let column): column[row].map(Double.init)
        case .floating(let column): column[row]
        default: nil
        }
    }

    /// Whether two cells hold the same value; an integer equals the same number as a floating-point one, and NaN equals NaN.
    func isEqual(at row: Int, as other: Column, at otherRow: Int) -> Bool {
        if isNull(row) || other.isNull(otherRow) { return isNull(row) && other.isNull(otherRow) }
        switch (self, other) {
        case (.boolean(let a), .boolean(let b)): return a[row] == b[otherRow]
        case (.integer(let a), .integer(let b)): return a[row] == b[otherRow]
        case (.integer, .floating), (.floating, .integer), (.floating, .floating):
            guard let a = number(at: row), let b = other.number(at: otherRow) else { return false }
            return a == b || a.isNaN && b.isNaN
        case (.string(let a), .string(let b)), (.binary(let a), .binary(let b)):
            return a.utf8(at: row) == b.utf8(at: otherRow)
        case (.list(let a), .list(let b)):
            guard let left = a.range(at: row), let right = b.range(at: otherRow), left.count == right.count
            else { return false }
            return zip(left, right).allSatisfy { a.elements.isEqual(at: $0, as: b.elements, at: $1) }
        case (.structure(let a), .structure(let b)):
            return a.members.count == b.members.count
                && a.members.allSatisfy { member in
                    b[member.name].map { member.column.isEqual(at: row, as: $0, at: otherRow) } ?? false
                }
        default: return false
        }
    }
}
