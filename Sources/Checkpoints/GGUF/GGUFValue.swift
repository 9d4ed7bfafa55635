/// A value of a GGUF file's metadata.
public enum GGUFValue: Sendable, Hashable {
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    /// A text's bytes, which are not always valid UTF-8: a vocabulary's tokens need not be.
    case text([UInt8])
    case integers([Int])
    case numbers([Float])
    case texts([[UInt8]])
    /// A list of something else.
    case other

    /// The types of the format, by their numbers.
    enum Kind: UInt32 {
        case uint8, int8, uint16, int16, uint32, int32, float32, boolean, text, list, uint64, int64, float64

        /// How many bytes a value has, at least.
        var size: Int {
            switch self {
            case .uint8, .int8, .boolean: 1
            case .uint16, .int16: 2
            case .uint32, .int32, .float32: 4
            case .text, .uint64, .int64, .float64: 8
            case .list: 12
            }
        }
    }

    /// The most elements of a list: a vocabulary has a few hundred thousand.
    private static let longestList = 1 << 22
    /// How deeply lists may be nested.
    private static let deepest = 4

    /// Reads a value.
    init(_ kind: Kind, _ cursor: inout GGUFCursor, depth: Int = 0) throws(CheckpointError) {
        switch kind {
        case .uint8: self = .integer(Int(try cursor.integer(UInt8.self)))
        case .int8: self = .integer(Int(try cursor.integer(Int8.self)))
        case .uint16: self = .integer(Int(try cursor.integer(UInt16.self)))
        case .int16: self = .integer(Int(try cursor.integer(Int16.self)))
        case .uint32: self = .integer(Int(try cursor.integer(UInt32.self)))
        case .int32: self = .integer(Int(try cursor.integer(Int32.self)))
        case .int64: self = .integer(Int(try cursor.integer(Int64.self)))
        case .uint64:
            let value = try cursor.integer(UInt64.self)
            self = Int(exactly: value).map { .integer($0) } ?? .number(Double(value))
        case .float32: self = .number(Double(Float(bitPattern: try cursor.integer())))
        case .float64: self = .number(Double(bitPattern: try cursor.integer()))
        case .boolean: self = .boolean(try cursor.integer(UInt8.self) != 0)
        case .text: self = .text(try cursor.text("a text"))
        case .list: self = try Self.list(&cursor, depth: depth)
        }
    }

    private static func list(_ cursor: inout GGUFCursor, depth: Int) throws(CheckpointError) -> GGUFValue {
        let number = try cursor.integer(UInt32.self)
        guard let kind = Kind(rawValue: number), depth < deepest else {
            throw CheckpointError(
                "its metadata has a list of the unknown type \(number), or lists nested too deep")
        }
        // No list is longer than what is left of the file.
        let count = try cursor.count("elements of a list", atMost: min(longestList, cursor.rest / kind.size))
        switch kind {
        case .text:
            var texts: [[UInt8]] = []
            for _ in 0..<count { texts.append(try cursor.text("a text")) }
            return .texts(texts)
        case .float32:
            let bytes = try cursor.bytes(4 * count)
            return .numbers(
                (0..<count).map { index in
                    Float(
                        bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[4 * index + $1]) << UInt32(8 * $1) }
                    )
                })
        case .list:
            for _ in 0..<count { _ = try list(&cursor, depth: depth + 1) }
            return .other
        default:
            var integers: [Int] = []
            for _ in 0..<count {
                if case .integer(let value) = try GGUFValue(kind, &cursor) { integers.append(value) }
            }
            return integers.count == count ? .integers(integers) : .other
        }
    }
}
