import Texts

/// Writes HTML. Texts are escaped as they are inserted.
enum HTML {
    /// The text for an element's content or an attribute in quotation marks.
    static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): result += Array("&amp;".utf8)
            case UInt8(ascii: "<"): result += Array("&lt;".utf8)
            case UInt8(ascii: ">"): result += Array("&gt;".utf8)
            case UInt8(ascii: "\""): result += Array("&quot;".utf8)
            case UInt8(ascii: "'"): result += Array("&#39;".utf8)
            // HTML has no other control characters.
            case 0..<0x09, 0x0B, 0x0C, 0x0E..<0x20, 0x7F: result += Array("\u{FFFD}".utf8)
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A table; cells are escaped. Titles that begin with `>` align right.
    static func table(_ titles: [String], _ rows: [[String]], id: String? = nil) -> String {
        let columns = TextTable(titles, rows: []).columns
        let head = columns.map { "<th\($0.alignsRight ? " class=r" : "")>\(escaped($0.title))</th>" }.joined()
        let body = rows.map { row in
            "<tr>"
                + zip(row, columns).map { cell, column in
                    "<td\(column.alignsRight ? " class=r" : "")>\(escaped(cell))</td>"
                }.joined() + "</tr>"
        }.joined(separator: "\n")
        let name = id.map { " id=\"\(escaped($0))\"" } ?? ""
        return
            "<div class=scroll tabindex=0><table\(name)><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>\n"
    }

    /// Base64 with padding (RFC 4648), for data URLs.
    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let word = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for index in 0..<4 {
                result.append(
                    index <= part.count ? digits[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "=")
                )
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
