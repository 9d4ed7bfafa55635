import Columns

/// Finds records and fields in the bytes of a CSV file (RFC 4180: quoted fields may contain commas, quotes and line
/// breaks).
///
/// Lines end with LF or CR LF. A quote inside an unquoted field is an ordinary character. Empty lines are skipped.
struct CSVScanner: Sendable {
    /// The result of scanning a piece of a file.
    struct Result: Sendable {
        var fields: [CSVBatch.Field] = []
        var recordEnds: [Int] = []
        /// The number of bytes consumed, in whole records.
        var consumed = 0
        /// Whether the rest begins a record that ends inside a quoted field.
        var isInsideQuotes = false
    }

    /// Scans `bytes` from `start`; at the end of the file, the last record does not need a line break.
    ///
    /// - Parameter fieldLimit: further fields of a record are skipped: a field takes more memory than the comma that ends it.
    static func scan(
        _ bytes: [UInt8], from start: Int = 0, isEnd: Bool, limit: Int = Int.max, fieldLimit: Int = Int.max
    ) -> Result {
        let span = bytes.span
        let end = span.count
        var result = Result()
        result.consumed = start
        var index = start
        while index < end && result.recordEnds.count < limit {
            if span[index] == 0x0A || (span[index] == 0x0D && index + 1 < end && span[index + 1] == 0x0A) {
                index += span[index] == 0x0A ? 1 : 2
                result.consumed = index
                continue
            }
            let fieldCount = result.fields.count
            var isComplete = false
            fields: while true {
                let isQuoted = index < end && span[index] == 0x22
                var field = CSVBatch.Field(
                    start: index, end: index, hasDoubledQuotes: false, isMalformed: false)
                if isQuoted {
                    index += 1
                    field.start = index
                    guard quoted(span, &index, &field, isEnd: isEnd) else {
                        result.isInsideQuotes = true
                        break fields
                    }
                }
                let tail = index
                while index < end, span[index] != 0x2C, span[index] != 0x0A { index &+= 1 }
                if index >= end && !isEnd { break fields }
                let isLast = index >= end || span[index] == 0x0A
                var fieldEnd = index
                if isLast && fieldEnd > tail && span[fieldEnd - 1] == 0x0D { fieldEnd -= 1 }
                if isQuoted {
                    field.isMalformed = fieldEnd > tail
                } else {
                    field.end = fieldEnd
                }
                if result.fields.count - fieldCount < fieldLimit { result.fields.append(field) }
                index += 1
                if isLast {
                    isComplete = true
                    break fields
                }
            }
            guard isComplete else {
                result.fields.removeSubrange(fieldCount...)
                return result
            }
            index = min(index, end)
            result.recordEnds.append(result.fields.count)
            result.consumed = index
        }
        return result
    }

    /// Moves `index` from a quoted field's first byte to after its closing quote; returns false if that is missing so far.
    private static func quoted(
        _ span: Span<UInt8>, _ index: inout Int, _ field: inout CSVBatch.Field, isEnd: Bool
    ) -> Bool {
        let end = span.count
        while true {
            index = ByteSearch.firstIndex(of: 0x22, in: span, from: index)
            // A quote in the last byte may be the first of two, unless the file ends here.
            guard index < end, index + 1 < end || isEnd else { return false }
            if index + 1 < end, span[index + 1] == 0x22 {
                field.hasDoubledQuotes = true
                index += 2
            } else {
                field.end = index
                index += 1
                return true
            }
        }
    }
}
