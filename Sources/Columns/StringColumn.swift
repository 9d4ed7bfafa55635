import Texts

/// Strings of text or bytes: one array of bytes, and the offset of each value.
public struct StringColumn: Sendable {
    let bytes: [UInt8]
    /// One more than the number of values.
    let offsets: [Int]
    let validity: Validity

    init(bytes: [UInt8], offsets: [Int], validity: Validity) {
        self.bytes = bytes
        self.offsets = offsets
        self.validity = validity
    }

    /// A column of strings, with nulls.
    public init(_ values: [String?]) {
        var builder = Builder()
        for value in values { builder.append(value) }
        self = builder.finish()
    }

    /// The number of values.
    public var count: Int { offsets.count - 1 }
    /// True if the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }

    /// The string in a row, with invalid UTF-8 repaired; nil if it is null.
    public subscript(row: Int) -> String? {
        isNull(row) ? nil : String(decoding: bytes[offsets[row]..<offsets[row + 1]], as: UTF8.self)
    }

    /// The bytes of a row as they are in the file, without a copy; nil if it is null.
    public func utf8(at row: Int) -> ArraySlice<UInt8>? {
        isNull(row) ? nil : bytes[offsets[row]..<offsets[row + 1]]
    }

    /// The number of bytes in a row; 0 if it is null.
    public func byteCount(at row: Int) -> Int { offsets[row + 1] - offsets[row] }

    /// Values of 16 bytes as UUIDs are written: hexadecimal, in five groups.
    var asUUIDs: StringColumn {
        StringColumn(
            (0..<count).map { row -> String? in
                guard let value = utf8(at: row) else { return nil }
                let digits = Array(Hexadecimal.text(of: Array(value)).utf8)
                let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { digits[$0] }
                return String(decoding: Array(groups.joined(separator: [0x2D])), as: UTF8.self)
            })
    }

    /// The strings of rows; null for nil.
    func gathering(_ rows: [Int?]) -> StringColumn {
        var builder = Builder()
        for row in rows {
            if let value = row.flatMap({ utf8(at: $0) }) {
                builder.append(utf8: value)
            } else {
                builder.appendNull()
            }
        }
        return builder.finish()
    }

    func masked(by other: Validity) -> StringColumn {
        StringColumn(bytes: bytes, offsets: offsets, validity: validity.masked(by: other))
    }

    /// Builds a column value by value.
    public struct Builder: Sendable {
        private var bytes: [UInt8] = []
        private var offsets = [0]
        private var flags: [Bool] = []
        private var hasNulls = false

        /// A builder without values.
        public init() {}

        /// The number of values.
        public var count: Int { flags.count }

        /// Reserves room for additional values and bytes.
        public mutating func reserve(values: Int, bytes count: Int) {
            offsets.reserveCapacity(offsets.count + values)
            flags.reserveCapacity(flags.count + values)
            bytes.reserveCapacity(bytes.count + count)
        }

        /// Appends a string or a null.
        public mutating func append(_ text: String?) {
            guard let text else { return appendNull() }
            bytes.append(contentsOf: text.utf8)
            close(isPresent: true)
        }

        /// Appends a string, given as bytes.
        public mutating func append(utf8 text: some Collection<UInt8>) {
            bytes.append(contentsOf: text)
            close(isPresent: true)
        }

        /// Appends a string, given as bytes, such as one from another column.
        public mutating func append(utf8 text: ArraySlice<UInt8>) {
            bytes.append(contentsOf: text)
            close(isPresent: true)
        }

        /// Appends several strings.
        ///
        /// - Parameters:
        ///   - text: the strings, concatenated, as UTF-8.
        ///   - ends: where each ends.
        ///   - nulls: which are null.
        public mutating func append(utf8 text: [UInt8], ends: [Int], nulls: [Bool]) {
            precondition(
                ends.count == nulls.count && ends.last ?? 0 == text.count, "the strings must fill the bytes")
            let base = bytes.count
            bytes.append(contentsOf: text)
            for (end, isNull) in zip(ends, nulls) {
                offsets.append(base + end)
                flags.append(!isNull)
                if isNull { hasNulls = true }
            }
        }

        /// Appends a null.
        public mutating func appendNull() {
            hasNulls = true
            close(isPresent: false)
        }

        /// Removes values until `count` are left.
        public mutating func truncate(to count: Int) {
            guard count < flags.count else { return }
            flags.removeLast(flags.count - count)
            offsets.removeLast(offsets.count - count - 1)
            bytes.removeLast(bytes.count - (offsets.last ?? 0))
        }

        /// The column.
        public func finish() -> StringColumn {
            StringColumn(bytes: bytes, offsets: offsets, validity: Validity(hasNulls ? flags : nil))
        }

        private mutating func close(isPresent: Bool) {
            offsets.append(bytes.count)
            flags.append(isPresent)
        }
    }
}
