/// Some whole records of a CSV file, as bytes and where their fields are.
struct CSVBatch: Sendable {
    /// A field's place, without its quotes.
    struct Field: Sendable, Hashable {
        var start: Int
        var end: Int
        /// It holds doubled quotes.
        var hasDoubledQuotes: Bool
        /// Text follows its closing quote.
        var isMalformed: Bool
    }

    /// The records' bytes.
    var bytes: [UInt8] = []
    /// All fields, record after record.
    var fields: [Field] = []
    /// Where each record's fields end in `fields`.
    var recordEnds: [Int] = []
    /// The number of the first record, counting from 1 after the header.
    var firstRow = 1

    /// How many records there are.
    var count: Int { recordEnds.count }

    /// The fields of a record.
    func record(_ index: Int) -> ArraySlice<Field> { fields[fieldRange(index)] }

    /// Where a record's fields are in `fields`.
    func fieldRange(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : recordEnds[index - 1])..<recordEnds[index]
    }

    /// A field's text as it stands in the file, doubled quotes and all.
    func raw(_ field: Field) -> ArraySlice<UInt8> { bytes[field.start..<field.end] }

    /// A field's text; `scratch` holds it where quotes were doubled.
    func text(_ field: Field, scratch: inout [UInt8]) -> ArraySlice<UInt8> {
        guard field.hasDoubledQuotes else { return bytes[field.start..<field.end] }
        scratch.removeAll(keepingCapacity: true)
        let span = bytes.span
        var start = field.start
        var index = start
        while index < field.end {
            if span[index] == 0x22 {
                // The first of two quotes is kept, the second passed over.
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

    /// A field's text as a string, bytes that are not UTF-8 replaced.
    func string(_ field: Field) -> String {
        var scratch: [UInt8] = []
        return String(decoding: text(field, scratch: &scratch), as: UTF8.self)
    }
}
