import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport

@testable import Comparisons
@testable import IngestStages

/// What `ingest` makes of one file.
struct SourceTrial {
    let rows: [Comparison]
    let rejects: [String]
    /// The ids of the rejected rows.
    let rejectedIdentifiers: [String?]
    /// What the rejected rows say: column, text and the beginning of the cell.
    let details: [[String?]]
    let metrics: [String: Double]

    /// Ingests a text as a file.
    init(
        _ text: String, _ format: String = "auto", _ parameters: [String: Value] = [:], threads: Int = 1
    ) throws {
        self = try withTemporaryFolder { folder in
            let path = folder.appending("file")
            try FileContents.write(text, to: path)
            return try SourceTrial(path, folder, format, parameters, threads)
        }
    }

    /// Ingests bytes as a file of a name.
    init(
        _ bytes: [UInt8], named name: String, _ format: String = "auto", _ parameters: [String: Value] = [:]
    ) throws {
        self = try withTemporaryFolder { folder in
            let path = folder.appending(name)
            try FileContents.write(bytes, to: path)
            return try SourceTrial(path, folder, format, parameters, 1)
        }
    }

    /// Ingests a table as a Parquet file.
    init(_ table: Table, _ format: String = "auto", _ parameters: [String: Value] = [:]) throws {
        self = try withTemporaryFolder { folder in
            let path = folder.appending("file.parquet")
            try table.write(to: path)
            return try SourceTrial(path, folder, format, parameters, 1)
        }
    }

    private init(
        _ path: FilePath, _ folder: FilePath, _ format: String, _ parameters: [String: Value], _ threads: Int
    ) throws {
        let trial = StageTrial(folder)
        let outputs = try trial.run(
            Ingest.self, ["file": [path]],
            ["format": .string(format), "maximumRejects": 1].merging(parameters) { _, new in new },
            threads: threads)
        rows = try comparisons(outputs["rows"])
        guard let path = outputs["rejects"] else { throw StageFailure("no rejects") }
        let table = try Table.read(path)
        let (reasons, numbers) = (try table.strings("reason"), try table.integers("row"))
        let (columns, texts, cells) = (
            try table.strings("column"), try table.strings("text"), try table.strings("cell")
        )
        details = (0..<table.rowCount).map { [columns[$0], texts[$0], cells[$0]] }
        let ids = try table.strings("id")
        rejectedIdentifiers = (0..<table.rowCount).map { ids[$0] }
        rejects = (0..<table.rowCount).map { "\(numbers.values[$0]) \(reasons[$0] ?? "")" }
        metrics = trial.metrics
    }
}

/// JSON of messages: user and assistant in turn.
func messages(_ texts: String?..., system: String? = nil) -> String {
    let roles = ["user", "assistant"]
    var parts = system.map { ["{\"role\":\"system\",\"content\":\(Value.string($0).json)}"] } ?? []
    for (index, text) in texts.enumerated() {
        let content = text.map { Value.string($0).json } ?? "null"
        parts.append("{\"content\":\(content),\"role\":\"\(roles[index % 2])\"}")
    }
    return "[" + parts.joined(separator: ",") + "]"
}

/// A column of conversations as lists of records.
func conversationColumn(_ conversations: [[(role: String, content: String?)]]) -> Column {
    let all = conversations.flatMap { $0 }
    return .list(
        ListColumn(
            lengths: conversations.map(\.count),
            elements: .structure(
                StructureColumn([
                    StructureColumn.Member("content", .string(StringColumn(all.map(\.content)))),
                    StructureColumn.Member("role", .string(StringColumn(all.map(\.role)))),
                ]))))
}
