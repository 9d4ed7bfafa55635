import Columns
import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import FeatureTables
@testable import FoldModelStages
@testable import PackedRows
@testable import Predictions
@testable import RowStages

/// Tables of features from any source.
struct FeatureTableTests {
    private func write(_ path: FilePath, _ columns: [(String, Column)]) throws -> FilePath {
        try Table(columns).write(to: path)
        return path
    }

    private func lists(_ rows: [[Double?]]) -> Column {
        .list(
            ListColumn(lengths: rows.map(\.count), elements: .floating(FloatingColumn(rows.flatMap { $0 }))))
    }

    @Test func writtenContentIsReadBack() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("features.parquet")
            let count = 2_500
            let values = (0..<count * 7).map { Float($0 % 101) / 64 - 0.5 }
            let table = FeatureTable(
                ids: (0..<count).map { "id \($0)" }, promptWidth: 3, answerWidth: 2, values: values)
            try table.write(to: path)
            let read = try FeatureTable(path)
            #expect(read.ids == table.ids && read.values == values)
            #expect(read.promptWidth == 3 && read.answerWidth == 2)
        }
    }

    @Test func integersAreNumbersAndNoFeaturesOfPromptsAreFine() throws {
        try withTemporaryFolder { folder in
            let integers = Column.list(
                ListColumn(lengths: [1, 1], elements: .integer(IntegerColumn([Int64(7), -2]))))
            let path = try write(
                folder.appending("t.parquet"),
                [
                    ("b", integers), ("other", .string(StringColumn(["x", "y"]))),
                    ("prompt", lists([[], []])), ("id", .string(StringColumn(["one", "two"]))),
                    ("a", lists([[0.5], [1.5]])),
                ])
            let read = try FeatureTable(path)
            #expect(read.values == [0.5, 7, 1.5, -2] && read.promptWidth == 0)
        }
    }

    @Test func otherTablesThanFeatureTablesAreAnError() throws {
        try withTemporaryFolder { folder in
            let ids = Column.string(StringColumn(["one", "two"]))
            let good = lists([[1], [2]])
            let cases: [(String, [(String, Column)])] = [
                ("no column 'b'", [("id", ids), ("prompt", good), ("a", good)]),
                (
                    "duplicate id",
                    [
                        ("id", .string(StringColumn(["one", "one"]))), ("prompt", good), ("a", good),
                        ("b", good),
                    ]
                ),
                (
                    "no id",
                    [
                        ("id", .string(StringColumn(["one", nil]))), ("prompt", good), ("a", good),
                        ("b", good),
                    ]
                ),
                (
                    "the same numbers",
                    [("id", ids), ("prompt", lists([[1], [1, 2]])), ("a", good), ("b", good)]
                ),
                (
                    "as many of A as of B",
                    [("id", ids), ("prompt", good), ("a", good), ("b", lists([[1, 1], [2, 2]]))]
                ),
                (
                    "null or not finite",
                    [("id", ids), ("prompt", good), ("a", lists([[nil], [2]])), ("b", good)]
                ),
                (
                    "null or not finite",
                    [("id", ids), ("prompt", good), ("a", lists([[.nan], [2]])), ("b", good)]
                ),
                (
                    "null or not finite",
                    [("id", ids), ("prompt", good), ("a", lists([[1e300], [2]])), ("b", good)]
                ),
                (
                    "other than numbers",
                    [
                        ("id", ids), ("prompt", .list(ListColumn(strings: [["x"], ["y"]]))), ("a", good),
                        ("b", good),
                    ]
                ),
            ]
            for (index, (message, columns)) in cases.enumerated() {
                let path = try write(folder.appending("t\(index).parquet"), columns)
                #expect { try FeatureTable(path) } throws: { "\($0)".contains(message) }
            }
        }
    }
}
