import JSON
import Texts

/// Writes a list of texts as the competition's files do: a JSON array in a quoted CSV field, non-ASCII escaped.
enum JSONCell: Sendable {
    /// Appends the field, including its quotes.
    static func append(_ texts: [[UInt8]?], newlines: Bool, to csv: inout [UInt8]) {
        var json = [UInt8(ascii: "[")]
        for (index, text) in texts.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            // White space between elements is legal JSON, and a line break inside the field.
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
