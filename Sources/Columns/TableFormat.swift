internal import CArrowInterface
public import Files

/// The formats of table files.
public enum TableFormat: String, Sendable, Hashable {
    case parquet
    case csv
    case arrowStream
    case arrowFile

    /// The format of a file, judging by its content; nil if it is none of them.
    ///
    /// Text without NUL bytes at the beginning counts as CSV.
    public static func detect(_ path: FilePath) throws -> TableFormat? {
        let start = try File(path, .reading).read(upTo: 4096)
        if start.starts(with: Array("PAR1".utf8)) { return .parquet }
        if start.starts(with: Array("ARROW1".utf8)) { return .arrowFile }
        if start.starts(with: [0xFF, 0xFF, 0xFF, 0xFF]) { return .arrowStream }
        return start.isEmpty || start.contains(0) ? nil : .csv
    }

    var code: Int32 {
        switch self {
        case .parquet: Int32(SLUICE_TABLE_PARQUET)
        case .csv: Int32(SLUICE_TABLE_CSV)
        case .arrowStream: Int32(SLUICE_TABLE_STREAM)
        case .arrowFile: Int32(SLUICE_TABLE_FILE)
        }
    }
}
