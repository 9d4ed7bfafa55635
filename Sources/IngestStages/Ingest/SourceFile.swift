import Columns
import Files
import JSON
import StageKit

/// The container format of a file, whatever its records are.
enum SourceFile: Sendable {
    /// A container format.
    enum Content: Sendable {
        case table
        case text
        case json

        /// Its name in messages.
        var phrase: String {
            switch self {
            case .table: "a Parquet or Arrow table"
            case .text: "text"
            case .json: "JSON"
            }
        }
    }

    /// The file itself, or what a compressed one contains, unpacked into a folder.
    static func unpacked(_ path: FilePath, into folder: FilePath) throws -> FilePath {
        guard let packed = try CompressedFile(path) else { return path }
        let output = folder.appending("unpacked")
        try packed.unpack(to: output)
        return output
    }

    /// Detects the container format.
    ///
    /// - Throws: `StageFailure` if the file is empty, or neither a table nor text.
    static func content(of path: FilePath) throws -> Content {
        let start = try File(path, .reading).read(upTo: 4096)
        guard !start.isEmpty else { throw StageFailure("\(path) is empty") }
        switch try TableFormat.detect(path) {
        case .parquet, .arrowFile, .arrowStream: return .table
        case .csv, nil: break
        }
        guard !CompressedFile.isPacked(start) else {
            throw StageFailure(
                "\(path) contains a file that is compressed itself; unpack it and use what is in it")
        }
        if let description = UnreadableFile.description(start) {
            throw StageFailure("\(path) is \(description). CSV, JSON, Parquet and Arrow are read")
        }
        let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
        let first = text.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : .text
    }

    /// The names of the first record's members; empty if it cannot be read.
    static func firstNames(ofJSON path: FilePath) throws -> [String] {
        var file = try JSONLinesFile(path, recordLimit: 1 << 30)
        guard let piece = try file.next(), let first = piece.records.first(where: { !$0.isEmpty }),
            (try? UTF8Check.validate(piece.bytes[first], "record")) != nil,
            case .record(let members)? = try? RecordValue.parsing(json: piece.bytes[first])
        else { return [] }
        return members.map(\.name)
    }
}
