import JSON
import Texts

/// Writes a list of texts like the competition's files: a JSON array in a quoted CSV field, with non-ASCII characters
/// escaped.
enum JSONCell: Sendable {
    /// Appends the field, including its quotes.
    static func append(_ texts: [[UInt8]?], newlines: Bool, to csv: inout [UInt8]) {
        var json = [UInt8(ascii: "[")]
        for (index, text) in texts.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            // White space between elements is valid JSON, and makes a line break inside the field.
            if newlines { json += Array("\n  ".utf8) }
            if let text {
                JSONEscaping.ascii.appendQuoted(text[...], to: &json)
            } else {
                json += Array("null".utf8)
            }
        }
        json.append(UInt8(ascii: "]"))
        CSVField.appendQuoted(json, to: &csv)
    }
}
