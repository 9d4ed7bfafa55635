package import Files
import FoundationEssentials
package import StageSchemas

/// Small JSON files: sorted keys, indentation, numbers in full precision.
package enum JSONFile {
    /// Writes a value.
    package static func write(_ value: Value, to path: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try FileContents.write(Array(encoder.encode(value)) + [UInt8(ascii: "\n")], to: path)
    }
}
