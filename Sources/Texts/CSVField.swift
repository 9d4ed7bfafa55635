/// Fields of CSV files (RFC 4180), which are bytes: a comma with a combining accent still ends a field.
package enum CSVField: Sendable {
    /// Appends a field in quotes; those inside are doubled.
    package static func appendQuoted(_ text: some Sequence<UInt8>, to csv: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        csv.append(quote)
        // As an array: iterating a generic sequence takes several times as long.
        for byte in Array(text) {
            if byte == quote { csv.append(quote) }
            csv.append(byte)
        }
        csv.append(quote)
    }

    /// Appends a field, in quotes if it must be.
    package static func append(_ text: String, to csv: inout [UInt8]) {
        let needsQuotes = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        if needsQuotes { appendQuoted(text.utf8, to: &csv) } else { csv += text.utf8 }
    }
}
