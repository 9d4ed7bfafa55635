/// Reads the numbers of the generated Unicode tables: seven bits a byte, low bits first, in Base64.
struct VariableLengthIntegers: Sendable {
    private let bytes: [UInt8]
    private var position = 0

    init(base64: String) {
        guard let bytes = Base64.decoded(Array(base64.utf8)) else {
            preconditionFailure("the generated Unicode tables are damaged; regenerate them")
        }
        self.bytes = bytes
    }

    mutating func next() -> Int? {
        guard position < bytes.count else { return nil }
        var value = 0
        var shift = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return value
    }
}
