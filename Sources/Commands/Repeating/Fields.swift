import Digests

/// Writes texts, numbers and digests one after the other.
struct FieldWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: Int) {
        let word = UInt64(bitPattern: Int64(number))
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    mutating func add(_ text: String) { add(bytes: text.utf8) }

    mutating func add(bytes content: some Collection<UInt8>) {
        add(content.count)
        bytes.append(contentsOf: content)
    }

    mutating func add(_ digest: Digest) { bytes.append(contentsOf: digest.bytes) }

    mutating func add<Element>(_ elements: [Element], _ body: (inout FieldWriter, Element) -> Void) {
        add(elements.count)
        for element in elements { body(&self, element) }
    }
}

/// Reads what `FieldWriter` has written. Bytes may come from anywhere.
struct FieldReader {
    /// The bytes are not what was to be read.
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func integer() throws(Malformed) -> Int {
        var word: UInt64 = 0
        for (index, byte) in try take(8).enumerated() { word |= UInt64(byte) << UInt64(8 * index) }
        return Int(truncatingIfNeeded: word)
    }

    mutating func text() throws(Malformed) -> String {
        guard let text = String(validating: try take(try integer()), as: UTF8.self) else { throw Malformed() }
        return text
    }

    mutating func digest() throws(Malformed) -> Digest {
        guard let digest = Digest(bytes: Array(try take(Digest.byteCount))) else { throw Malformed() }
        return digest
    }

    mutating func list<Element>(
        _ element: (inout FieldReader) throws -> Element
    ) throws -> [Element] {
        let count = try integer()
        // Each element has a byte at least.
        guard count >= 0, count <= bytes.count - position else { throw Malformed() }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw Malformed() }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
