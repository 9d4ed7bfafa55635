import Columns

/// Some whole records of a CSV file: their bytes and the ranges of their fields.
struct CSVBatch: Sendable {
    /// The range of a field, without its quotes.
    struct Field: Sendable, Hashable {
        var start: Int
        var end: Int
        /// Whether it contains doubled quotes.
        var hasDoubledQuotes: Bool
        /// Whether text follows its closing quote.
        var isMalformed: Bool
    }

    /// The bytes of the records.
    var bytes: [UInt8] = []
    /// All fields, record by record.
    var fields: [Field] = []
    /// The end of each record's fields in `fields`.
    var recordEnds: [Int] = []
    /// The number of the first record, counting from 1 after the header.
    var firstRow = 1

    /// The explanation for a record with more or fewer fields than the header.
    static func excess(_ count: Int, _ expected: Int) -> String {
        let words = count >= expected + CSVFile.excessFields ? "at least \(count)" : "\(count)"
        return "\(words) fields, the header has \(expected)"
    }

    /// The number of records.
    var count: Int { recordEnds.count }

    /// The fields of a record.
    func record(_ index: Int) -> ArraySlice<Field> { fields[fieldRange(index)] }

    /// The range of a record's fields in `fields`.
    func fieldRange(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : recordEnds[index - 1])..<recordEnds[index]
    }

    /// Whether the records contain a NUL byte.
    var hasNUL: Bool {
        let span = bytes.span
        let end = fields.last?.end ?? 0
        return ByteSearch.firstIndex(of: 0, in: span, from: 0) < end
    }

    /// Throws if a record has more or fewer fields than the header, or text follows a closing quote.
    func check(_ record: Int, header: [String]) throws(Reject) {
        let range = fieldRange(record)
        guard range.count == header.count else {
            let start = range.isEmpty ? 0 : fields[range.lowerBound].start
            let end = range.isEmpty ? 0 : fields[range.upperBound - 1].end
            throw Reject(
                .fieldCount, Self.excess(range.count, header.count), cell: bytes[start..<end])
        }
        for index in range where fields[index].isMalformed {
            throw Reject(
                .malformedField, column: header[index - range.lowerBound], cell: raw(fields[index]))
        }
    }

    /// A field's text as it is in the file, including doubled quotes.
    func raw(_ field: Field) -> ArraySlice<UInt8> { bytes[field.start..<field.end] }

    /// A field's text; `scratch` holds it if quotes were doubled.
    func text(_ field: Field, scratch: inout [UInt8]) -> ArraySlice<UInt8> {
        guard field.hasDoubledQuotes else { return bytes[field.start..<field.end] }
        scratch.removeAll(keepingCapacity: true)
        let span = bytes.span
        var start = field.start
        var index = start
        while index < field.end {
            if span[index] == 0x22 {
                // Keeps the first of two quotes and skips the second.
                scratch.append(contentsOf: bytes[start...index])
                index += 2
                start = index
            } else {
                index &+= 1
            }
        }
        if start < field.end { scratch.append(contentsOf: bytes[start..<field.end]) }
        return scratch[...]
    }

    /// A field's text as a string, with invalid UTF-8 replaced.
    func string(_ field: Field) -> String {
        var scratch: [UInt8] = []
        return String(decoding: text(field, scratch: &scratch), as: UTF8.self)
    }
}
