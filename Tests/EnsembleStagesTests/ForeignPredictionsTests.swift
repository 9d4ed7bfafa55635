import Columns
import Files
import StageKit
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import PackedRows
@testable import Predictions
@testable import RowStages

/// Tables that other programs have made: a null is never read as a number.
@Suite struct ForeignPredictionsTests {
    private func columns(
        _ a: FloatingColumn = FloatingColumn([0.2, 0.2]), ids: [String?] = ["1", "2"]
    ) -> [(String, Column)] {
        [
            ("id", .string(StringColumn(ids))), ("a", .floating(a)),
            ("b", .floating(FloatingColumn([0.3, 0.5]))),
            ("tie", .floating(FloatingColumn([0.5, 0.5]))),
        ]
    }

    private func read(_ columns: [(String, Column)]) throws -> PredictionTable {
        try withTemporaryFolder { folder in
            let path = folder.appending("predictions.parquet")
            try Table(columns).write(to: path)
            return try PredictionTable(path)
        }
    }

    @Test func aProbabilityThatIsNullIsAnError() throws {
        // The others sum to 1 without it.
        let error = #expect(throws: ColumnsError.self) { try read(columns(FloatingColumn([0.2, nil]))) }
        #expect(error?.message == "column 'a' is null in row 2, but needs a value in every row")
        #expect(throws: StageFailure.self) { try read(columns(FloatingColumn([0.2, .nan]))) }
        #expect(throws: StageFailure.self) { try read(columns(FloatingColumn([0.2, 0]), ids: ["1", nil])) }
        #expect(try read(columns(FloatingColumn([0.2, 0]))).probabilities[1].a == 0)
    }

    @Test func idsAreSortedAsNumbersOfAnySize() throws {
        let ids = [
            "-20", "-3", "0", "00", "1", "01", "+5", "9", "10", "9223372036854775808", "18446744073709551615",
        ]
        for (left, right) in zip(ids, ids.dropFirst()) {
            let numbers = try (#require(WholeNumber(left)), #require(WholeNumber(right)))
            #expect(numbers.0 <= numbers.1 && !(numbers.1 < numbers.0), "\(left), \(right)")
        }
        #expect(WholeNumber("1") == WholeNumber("01") && WholeNumber("-0") == WholeNumber("0"))
        for text in ["", "-", "1.0", "1e3", "٣", "1 ", "--1"] { #expect(WholeNumber(text) == nil, "\(text)") }
    }

    @Test func comparisonsNeedEquallyManyTurnsAndAName() throws {
        let row = Comparison(
            id: "1", source: "s", prompt: ["p", "q"], responseA: ["a", nil], responseB: ["b", ""])
        let good = try ComparisonBuilder.table(of: [row])
        func replaced(_ name: String, _ column: Column) throws -> Table {
            try Table(zip(good.schema.names, good.columns).map { ($0, $0 == name ? column : $1) })
        }
        #expect(try ComparisonTable(good).count == 1)
        let short = try replaced("response_b", .list(ListColumn(strings: [["b"]])))
        let error = #expect(throws: ColumnsError.self) { try ComparisonTable(short) }
        #expect(
            error?.message
                == "the row '1': prompt, response_a and response_b have 2, 2 and 1 turns; they need equally many"
        )
        for (name, column) in [
            ("prompt", .list(ListColumn(strings: [nil]))), ("id", .string(StringColumn([nil]))),
            ("source", .null(count: 1)),
        ] as [(String, Column)] {
            #expect(throws: ColumnsError.self) { try ComparisonTable(replaced(name, column)) }
        }
    }

    @Test func packedRowsNeedTheirFlags() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let rows = try trial.table(
                "rows", [Comparison(id: "1", source: "s", prompt: ["p"], responseA: ["a"], responseB: ["b"])])
            let packed = try Table.read(#require(trial.run(Pack.self, ["rows": [rows]])["packed"]))
            for name in ["id", "part", "swapped", "turns", "total_turns", "text", "source"] {
                let damaged = try Table(
                    zip(packed.schema.names, packed.columns).map { ($0, $0 == name ? .null(count: 1) : $1) })
                let error = #expect(throws: ColumnsError.self) { try PackedTable(damaged) }
                #expect(error?.message.contains("'\(name)' is null in row 1") == true)
            }
            // A token that is null is no token 0.
            let tokens = ListColumn(lengths: [2], elements: .integer(IntegerColumn([5, nil])))
            #expect(throws: ColumnsError.self) { try TokenLists(tokens, name: "tokens") }
        }
    }
}
