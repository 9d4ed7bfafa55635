internal import CArrowInterface

/// Decimals of 32 to 256 bits (`d:precision,scale`, possibly with `,bits`) as strings with all their digits.
enum DecimalTexts {
    static func column(
        _ array: ArrowArray, _ format: String, _ validity: Validity
    ) throws(ColumnsError) -> StringColumn {
        let numbers = format.dropFirst(2).split(separator: ",").map { Int($0) }
        guard numbers.count >= 2, let scale = numbers[1], abs(scale) <= 1 << 10,
            let bits = numbers.count > 2 ? numbers[2] : 128, [32, 64, 128, 256].contains(bits)
        else { throw ColumnsError("decimals of the type '\(format)' cannot be read") }
        let width = bits / 8
        let pointer = ArrowBuffers.pointer(array, 1)
        return StringColumn(
            (0..<Int(array.length)).map { row -> String? in
                guard !validity.isNull(row), let pointer else { return nil }
                // The buffer has offset + length numbers of `width` bytes.
                let start = pointer.advanced(by: width * (Int(array.offset) + row))
                return text(UnsafeRawBufferPointer(start: start, count: width), scale: scale)
            })
    }

    /// The digits of a two's-complement number, least significant byte first.
    static func text(_ bytes: some Collection<UInt8>, scale: Int) -> String {
        var bytes = Array(bytes)
        let isNegative = bytes.last.map { $0 & 0x80 != 0 } ?? false
        if isNegative {
            var carries = true
            for index in bytes.indices {
                bytes[index] = ~bytes[index]
                if carries { (bytes[index], carries) = bytes[index].addingReportingOverflow(1) }
            }
        }
        let digits = decimalDigits(bytes)
        let sign = isNegative ? "-" : ""
        guard scale > 0 else {
            return digits == "0" ? digits : sign + digits + String(repeating: "0", count: -scale)
        }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }

    /// The digits of an unsigned number.
    private static func decimalDigits(_ bytes: [UInt8]) -> String {
        var rest = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<min(start + 4, bytes.count)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        var groups: [UInt32] = []
        while rest.contains(where: { $0 != 0 }) {
            // Nine digits at a time.
            var remainder: UInt64 = 0
            for index in rest.indices.reversed() {
                let value = remainder << 32 | UInt64(rest[index])
                rest[index] = UInt32(value / 1_000_000_000)
                remainder = value % 1_000_000_000
            }
            groups.append(UInt32(remainder))
        }
        guard let first = groups.last else { return "0" }
        return String(first)
            + groups.dropLast().reversed().map { group in
                let digits = String(group)
                return String(repeating: "0", count: 9 - digits.utf8.count) + digits
            }.joined()
    }
}
