import Testing
import Texts

/// Names of the system that need not be UTF-8.
struct SystemTextTests {
    private static let names: [[UInt8]] = [
        [], Array("plain".utf8), Array("日本語 é".utf8), [0x63, 0x61, 0x66, 0xE9], [0xFF], [0x80, 0x80], [0xC3],
        [0xC3, 0xA9, 0xC3], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF5, 0x80],
        [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F, 0xBD, 0x80],
        [0xF4, 0x90, 0x80, 0x80],
        [0x41, 0xF4, 0x8F, 0xBE, 0x80, 0xE9, 0x42],
    ]

    @Test(arguments: names)
    func aNameRoundTrips(_ name: [UInt8]) {
        #expect(SystemText.bytes(of: SystemText.text(of: name)) == name)
    }

    @Test func utf8IsItself() {
        #expect(SystemText.text(of: Array("日本語 é".utf8)) == "日本語 é")
        #expect(SystemText.text(of: [0xF4, 0x8F, 0xBD, 0x80]).unicodeScalars.map(\.value) == [0x10_FF40])
    }

    @Test func differentNamesAreDifferentTexts() {
        let texts = Set(Self.names.map { Array(SystemText.text(of: $0).utf8) })
        #expect(texts.count == Self.names.count)
    }

    @Test func theOrderIsThatOfTheBytes() {
        let sorted = Self.names.sorted { $0.lexicographicallyPrecedes($1) }
        let texts = Self.names.map { SystemText.text(of: $0) }.sorted(by: SystemText.precedes)
        #expect(texts.map { SystemText.bytes(of: $0) } == sorted)
        let ordered = texts.shuffled().sorted(by: SystemText.order(of: texts))
        #expect(ordered.map { SystemText.bytes(of: $0) } == sorted)
        #expect(["b", "é", "a"].sorted(by: SystemText.order(of: ["b", "é", "a"])) == ["a", "b", "é"])
    }

    @Test func theSystemGetsTheBytes() {
        for name in Self.names {
            let bytes = SystemText.withCString(SystemText.text(of: name)) { start in
                name.indices.map { UInt8(bitPattern: start[$0]) }
            }
            #expect(bytes == name)
        }
    }
}
