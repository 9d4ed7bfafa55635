package import Files
import JSON
package import StageSchemas

/// Small JSON files: sorted keys, indentation, numbers in full precision.
package enum JSONFile {
    /// Writes a value.
    package static func write(_ value: Value, to path: FilePath) throws {
        // A whole number has no fraction, whether it was counted or computed.
        try FileContents.write(JSONLayout.indented(Array(value.normalized.json.utf8)), to: path)
    }
}
