import Columns
package import Files
import StageKit
import Texts

/// Numeric features of comparisons: the table `id, prompt, a, b`.
///
/// | column | type | |
/// |---|---|---|
/// | `id` | string | one row per comparison |
/// | `prompt` | list of numbers | the features of the prompt, equally many in every row; may be empty |
/// | `a`, `b` | list of numbers | the features of the two responses, equally many in every row |
///
/// `a` and `b` refer to the original A and B, so a stage that shows a comparison with A and B exchanged must exchange them
/// too. Any stage may write such a table: for features of a whole conversation, `a` can be those with A shown first, and `b`
/// those with B shown first.
package struct FeatureTable: Sendable {
    /// The ids, in row order.
    package let ids: [String]
    /// The number of features of a prompt.
    package let promptWidth: Int
    /// The number of features of a response.
    package let answerWidth: Int
    /// Row by row: the features of the prompt, of A and of B.
    package let values: [Float]

    /// The number of values in a row.
    package var width: Int { promptWidth + 2 * answerWidth }

    /// The index of each id.
    var positions: TextMap<Int> { TextMap(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) }) }

    /// The maximum number of features per text.
    package static let maximumWidth = 16_384

    /// The number of rows that are in memory in double precision at a time.
    private static let batchRows = 1024

    /// A table from its values.
    package init(ids: [String], promptWidth: Int, answerWidth: Int, values: [Float]) {
        precondition(
            values.count == ids.count * (promptWidth + 2 * answerWidth), "every row has all features")
        self.ids = ids
        self.promptWidth = promptWidth
        self.answerWidth = answerWidth
        self.values = values
    }

    /// Reads a table.
    ///
    /// - Throws: if a column is missing, an id occurs twice, rows have different numbers of features, or a feature is
    ///   null or not finite.
    package init(_ path: FilePath) throws {
        let reader = try TableReader(
            path, columns: ["id", "prompt", "a", "b"], batchRows: Self.batchRows)
        var ids: [String] = []
        var seen = TextSet()
        var widths: [Int]?
        var values: [Float] = []
        while let table = try reader.next() {
            let names = try table.strings("id")
            let parts = try ["prompt", "a", "b"].map { try FeatureLists(table.lists($0), name: $0) }
            for row in 0..<table.rowCount {
                guard let id = names[row], seen.insert(id) else {
                    throw StageFailure("features: row \(ids.count + 1) has no id, or a duplicate id")
                }
                let lists = try parts.map { try $0.range(row, id: id) }
                let found = widths ?? lists.map(\.count)
                widths = found
                guard lists.map(\.count) == found, found[1] == found[2] else {
                    throw StageFailure(
                        "features: the row '\(id)' has \(lists[0].count) features of the prompt, \(lists[1].count) of A "
                            + "and \(lists[2].count) of B; every row needs the same numbers, with as many of A as of B"
                    )
                }
                for (part, range) in zip(parts, lists) { try part.append(range, id: id, to: &values) }
                ids.append(id)
            }
        }
        let found = widths ?? [0, 0, 0]
        guard found.allSatisfy({ $0 <= Self.maximumWidth }) else {
            throw StageFailure("features: there are more than \(Self.maximumWidth) per text")
        }
        self.init(ids: ids, promptWidth: found[0], answerWidth: found[1], values: values)
    }

    /// Writes the table as Parquet.
    package func write(to path: FilePath) throws {
        let floats = ColumnType.list(.floating)
        let writer = try TableWriter(
            path,
            schema: Schema([
                Field("id", .string), Field("prompt", floats), Field("a", floats), Field("b", floats),
            ]))
        for start in stride(from: 0, to: ids.count, by: Self.batchRows) {
            let rows = start..<min(ids.count, start + Self.batchRows)
            try writer.append(
                Table([
                    ("id", .string(StringColumn(Array(ids[rows])))),
                    ("prompt", lists(rows, 0, promptWidth)), ("a", lists(rows, promptWidth, answerWidth)),
                    ("b", lists(rows, promptWidth + answerWidth, answerWidth)),
                ]))
        }
        try writer.close()
    }

    private func lists(_ rows: Range<Int>, _ offset: Int, _ count: Int) -> Column {
        var numbers: [Double] = []
        numbers.reserveCapacity(rows.count * count)
        for row in rows {
            let first = row * width + offset
            for position in first..<(first + count) { numbers.append(Double(values[position])) }
        }
        let lengths = [Int?](repeating: count, count: rows.count)
        return .list(ListColumn(lengths: lengths, elements: .floating(FloatingColumn(numbers))))
    }
}

/// A column of lists of numbers.
private struct FeatureLists: Sendable {
    let name: String
    private let lists: ListColumn
    private let numbers: FloatingColumn

    init(_ lists: ListColumn, name: String) throws {
        self.name = name
        self.lists = lists
        switch lists.elements {
        case .floating(let numbers): self.numbers = numbers
        case .integer(let numbers):
            self.numbers = FloatingColumn((0..<numbers.count).map { row in numbers[row].map { Double($0) } })
        case .null(let count) where count == 0: numbers = FloatingColumn([Double]())
        default:
            throw StageFailure(
                "features: the column '\(name)' contains lists of something other than numbers")
        }
    }

    func range(_ row: Int, id: String) throws -> Range<Int> {
        guard let range = lists.range(at: row) else {
            throw StageFailure("features: the row '\(id)' has no '\(name)'")
        }
        return range
    }

    func append(_ range: Range<Int>, id: String, to values: inout [Float]) throws {
        for position in range {
            guard let number = numbers[position].map({ Float($0) }), number.isFinite else {
                throw StageFailure(
                    "features: the row '\(id)' has a feature in '\(name)' that is null or not finite")
            }
            values.append(number)
        }
    }
}
