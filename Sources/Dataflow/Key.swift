public import Digests
internal import StageSchemas

/// The identity of a piece of work: equal keys mean equal results.
///
/// The key is the SHA-256 of the canonical encoding of `KeyMaterial`. Encoding, version 1: a sequence of items,
/// each a tag byte and a payload. Integers are 8 bytes, big-endian, two's complement. Text is its UTF-8 bytes.
///
/// | item | tag | payload |
/// |---|---|---|
/// | null | `N` | |
/// | boolean | `B` | one byte, 0 or 1 |
/// | integer | `I` | the integer |
/// | number | `F` | IEEE 754 binary64 bits, big-endian; whole numbers within ±2⁵³ are integers; −0 is 0 |
/// | text | `S` | byte count as an integer, then the bytes |
/// | digest | `D` | 32 bytes |
/// | list | `L` | element count, then the elements |
/// | map | `M` | entry count, then key text and value for each, keys sorted by their UTF-8 bytes |
///
/// The key is the digest of the list
/// `["sluice.key", 1, kind, fingerprint or null, parameters, inputs, command or null, outputs, code, environment]`
/// in which `command` is a list of the interpreter's words, as a list, the text, and, if there are any, a list of the paths that
/// may be read without being recorded; it is only the text for `sh -c` of version 0.1;
/// `inputs` maps each name to a list of `[coordinates, digest]`, or of `[coordinates, digest, true]` for a command's file
/// that can be run; `outputs` maps names to file names,
/// `code` is a list of digests and `environment` maps names to text or null.
public struct Key: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The version of the encoding, part of every key.
    static let encodingVersion = 1

    /// The key's digest.
    public let digest: Digest

    /// A key read back from a store.
    public init(_ digest: Digest) { self.digest = digest }

    /// The key of the material.
    public init(_ material: KeyMaterial) {
        digest = SHA256.digest(of: Key.encoding(of: material))
    }

    /// The key of a command, given the key of what it declares and the snapshot of what it has discovered.
    ///
    /// It is the digest of the list `["sluice.key.discovered", 1, declared, snapshot]`.
    public init(declared: Key, snapshot: Digest) {
        var encoder = CanonicalEncoder()
        encoder.beginList(4)
        encoder.append("sluice.key.discovered")
        encoder.append(Key.encodingVersion)
        encoder.append(declared.digest)
        encoder.append(snapshot)
        digest = SHA256.digest(of: encoder.bytes)
    }

    /// 64 hexadecimal digits.
    public var description: String { digest.hexadecimal }

    /// Orders keys by their digests.
    public static func < (left: Key, right: Key) -> Bool { left.digest < right.digest }

    /// The bytes whose digest is the key.
    public static func encoding(of material: KeyMaterial) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.beginList(10)
        encoder.append("sluice.key")
        encoder.append(encodingVersion)
        encoder.append(material.work.kindName)
        switch material.work {
        case .kind(_, let fingerprint, let parameters):
            encoder.append(fingerprint)
            encoder.append(Value.map(parameters))
            encoder.append(material.inputs)
            encoder.append(nil as String?)
            encoder.beginMap(0)
            encoder.beginList(0)
            encoder.beginMap(0)
        case .command(let command):
            encoder.append(nil as Digest?)
            encoder.beginMap(0)
            encoder.append(material.inputs)
            encoder.append(command)
        }
        return encoder.bytes
    }
}

/// Appends items of the canonical encoding; the table is in `Key`'s documentation.
package struct CanonicalEncoder: Sendable {
    /// What has been appended.
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(512) }

    mutating func append(_ value: Value) {
        switch value.normalized {
        case .null: tag("N")
        case .boolean(let flag):
            tag("B")
            bytes.append(flag ? 1 : 0)
        case .integer(let number): append(number)
        case .number(let number):
            tag("F")
            appendWord(number.bitPattern)
        case .string(let text): append(text)
        case .list(let values):
            beginList(values.count)
            for element in values { append(element) }
        case .map(let entries):
            beginMap(entries.count)
            for (key, element) in entries.sortedByUTF8() {
                append(key)
                append(element)
            }
        }
    }

    package mutating func append(_ number: Int) {
        tag("I")
        appendWord(UInt64(bitPattern: Int64(number)))
    }

    package mutating func append(_ text: String) {
        tag("S")
        let utf8 = text.utf8
        appendWord(UInt64(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    package mutating func append(bytes text: [UInt8]) {
        tag("S")
        appendWord(UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    mutating func append(_ text: String?) {
        if let text { append(text) } else { tag("N") }
    }

    package mutating func append(_ digest: Digest) {
        tag("D")
        bytes.append(contentsOf: digest.bytes)
    }

    mutating func append(_ digest: Digest?) {
        if let digest { append(digest) } else { tag("N") }
    }

    mutating func append(_ inputs: [String: [KeyMaterial.Element]]) {
        beginMap(inputs.count)
        for (name, elements) in inputs.sortedByUTF8() {
            append(name)
            beginList(elements.count)
            for element in elements {
                beginList(element.isExecutable ? 3 : 2)
                append(Value.map(element.coordinates))
                append(element.digest)
                if element.isExecutable { append(Value.boolean(true)) }
            }
        }
    }

    /// The last four items of a command's preimage.
    mutating func append(_ command: KeyMaterial.Command) {
        if command.interpreter.isEmpty {
            append(command.text)
        } else {
            beginList(command.exempt.isEmpty ? 2 : 3)
            append(command.interpreter)
            append(command.text)
            if !command.exempt.isEmpty { append(command.exempt) }
        }
        beginMap(command.outputs.count)
        for (name, fileName) in command.outputs.sortedByUTF8() {
            append(name)
            append(fileName)
        }
        beginList(command.code.count)
        for digest in command.code { append(digest) }
        beginMap(command.environment.count)
        for (name, value) in command.environment.sortedByUTF8() {
            append(name)
            append(value)
        }
    }

    private mutating func append(_ texts: [String]) {
        beginList(texts.count)
        for text in texts { append(text) }
    }

    package mutating func beginList(_ count: Int) {
        tag("L")
        appendWord(UInt64(count))
    }

    mutating func beginMap(_ count: Int) {
        tag("M")
        appendWord(UInt64(count))
    }

    private mutating func tag(_ scalar: Unicode.Scalar) { bytes.append(UInt8(ascii: scalar)) }

    private mutating func appendWord(_ word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }
}

extension Dictionary where Key == String {
    /// The entries with keys in the order of their UTF-8 bytes.
    package func sortedByUTF8() -> [(key: String, value: Value)] {
        count < 2 ? Array(self) : sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
