import Columns
import Files
import StageKit

/// The layouts of files that comparisons come in.
enum IngestFormat: String, Sendable, Hashable, Decodable, CaseIterable {
    /// The competition's columns, the lists as JSON in text cells: CSV, or Parquet.
    case kaggle
    /// The columns of `lmsys/chatbot_arena_conversations`: conversations as lists of records. Parquet.
    case arena
    /// The comparison table itself. Parquet.
    case canonical
    /// One JSON record per line, or a JSON array of records.
    case jsonLines = "json-lines"

    /// The columns that must be there.
    var required: [String] {
        switch self {
        case .kaggle: ["id", "prompt", "response_a", "response_b"]
        case .arena: ["question_id", "conversation_a", "conversation_b"]
        case .canonical: ["id", "prompt", "response_a", "response_b"]
        case .jsonLines: []
        }
    }

    /// The columns of the three marks.
    static let winners = ["winner_model_a", "winner_model_b", "winner_tie"]

    /// The format of a file by what is in it.
    static func detect(_ path: FilePath) throws -> IngestFormat {
        switch try content(of: path) {
        case .json: return .jsonLines
        case .text: return .kaggle
        case .table:
            let schema = try TableReader(path).schema
            if schema.names.contains("conversation_a") { return .arena }
            let prompt = schema.fields.first { $0.name == "prompt" }?.type
            if case .list = prompt, !schema.names.contains("winner_tie") { return .canonical }
            return .kaggle
        }
    }

    /// What a file is made of.
    enum Content: Sendable {
        case table
        case text
        case json
    }

    /// What a file is made of.
    ///
    /// - Throws: `StageFailure` where it is empty or neither a table nor text.
    static func content(of path: FilePath) throws -> Content {
        let start = try File(path, .reading).read(upTo: 4096)
        guard !start.isEmpty else { throw StageFailure("the file is empty") }
        switch try TableFormat.detect(path) {
        case .parquet, .arrowFile, .arrowStream: return .table
        case .csv: break
        case nil:
            throw StageFailure("the file is neither CSV, JSON, Parquet nor Arrow: it holds zero bytes")
        }
        let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
        let first = text.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : .text
    }

    /// Checks that the columns that the format needs are there.
    func check(columns: [String]) throws(StageFailure) {
        let missing = required.filter { !columns.contains($0) }
        guard missing.isEmpty else {
            throw StageFailure(
                "a file of format '\(rawValue)' has the columns \(required.joined(separator: ", ")); "
                    + "missing: \(missing.joined(separator: ", ")). "
                    + "The file has: \(columns.prefix(40).joined(separator: ", "))")
        }
    }
}
