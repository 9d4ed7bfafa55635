import Files
import TestSupport
import Testing

@testable import Checkpoints

/// GGUF files; `References/gguf_files.py` made the fixture.
@Suite struct GGUFTests {
    @Test func numbersOfEveryTypeAreThoseOfTheReferenceBitByBit() throws {
        let file = try GGUFFile(Fixture.path("blocks.gguf"))
        let expected = try SafetensorsFile(Fixture.path("blocks.safetensors"))
        #expect(file.header.entries.count == expected.header.entries.count)
        #expect(Set(file.header.entries.map(\.type)) == Set(GGUFTensorType.allCases))
        for entry in file.header.entries {
            let numbers = try expected.floats(of: expected.required(entry.name))
            #expect(entry.shape == [3, 512])
            let own = file.floats(of: entry)
            #expect(own.map(\.bitPattern) == numbers.map(\.bitPattern), "\(entry.name)")
        }
    }

    @Test func metadataOfEveryTypeIsRead() throws {
        let values = try GGUFFile(Fixture.path("blocks.gguf")).header.values
        #expect(values["test.integer"] == .integer(7))
        #expect(values["test.number"] == .number(Double(Float(0.1))))
        #expect(values["test.boolean"] == .boolean(true))
        #expect(values["test.texts"] == .texts(["a", "é", ""].map { Array($0.utf8) }))
        #expect(values["test.integers"] == .integers([1, -2, 3]))
        #expect(values["test.numbers"] == .numbers([0.5, -1.25]))
        #expect(values["test.lists"] == .other)
        #expect(values["general.architecture"] == .text(Array("test".utf8)))
    }

    /// A header in parts, so that each can be wrong.
    private struct Header {
        var magic = Array("GGUF".utf8)
        var version: UInt32 = 3
        var tensorCount: UInt64 = 1
        var valueCount: UInt64 = 1
        var values = Header.text("general.alignment") + Header.integer(UInt32(4)) + Header.integer(UInt32(32))
        var name = Header.text("t")
        var rank: UInt32 = 2
        var dimensions: [UInt64] = [32, 2]
        var type: UInt32 = 8
        var offset: UInt64 = 0
        var data = 68

        static func integer(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }

        static func text(_ text: String) -> [UInt8] { integer(UInt64(text.utf8.count)) + Array(text.utf8) }

        var tensor: [UInt8] {
            name + Self.integer(rank) + dimensions.flatMap(Self.integer) + Self.integer(type)
                + Self.integer(offset)
        }

        func bytes(tensors: [UInt8]? = nil) -> [UInt8] {
            var bytes = magic + Self.integer(version) + Self.integer(tensorCount)
            bytes += Self.integer(valueCount) + values + (tensors ?? tensor)
            while bytes.count % 32 != 0 { bytes.append(0) }
            return bytes + Array(repeating: 0, count: data)
        }
    }

    private func message(_ bytes: [UInt8]) throws -> String? {
        try withTemporaryFolder { folder in
            let path = folder.appending("x.gguf")
            try FileContents.write(bytes, to: path)
            do {
                _ = try GGUFFile(path)
                return nil
            } catch let error as CheckpointError {
                return error.description
            }
        }
    }

    @Test func aHeaderThatIsRightIsRead() throws {
        #expect(try message(Header().bytes()) == nil)
    }

    @Test(arguments: [
        ("magic", "does not begin"), ("version 1", "version is 1"), ("big-endian", "big-endian"),
        ("many tensors", "tensors"), ("many values", "values"), ("long text", "bytes of"),
        ("long list", "elements"),
        ("deep lists", "too deep"), ("unknown value", "unknown type"), ("value twice", "two values"),
        ("alignment", "power of two"), ("no dimension", "dimensions"), ("many dimensions", "dimensions"),
        ("overflow", "within the file"), ("large", "within the file"), ("zero", "whole blocks"),
        ("part of a block", "whole blocks"), ("unknown type", "Q2_K"), ("offset", "within the file"),
        ("beyond", "beyond"), ("tensor twice", "two tensors"), ("overlap", "overlap"),
        ("not a name", "not a valid name"),
    ]) func aHostileHeaderIsRefusedInWords(what: String, words: String) throws {
        var header = Header()
        var tensors: [UInt8]?
        let key = Header.text("k")
        switch what {
        case "magic": header.magic = Array("GGML".utf8)
        case "version 1": header.version = 1
        case "big-endian": header.version = UInt32(3).byteSwapped
        case "many tensors": header.tensorCount = 1 << 40
        case "many values": header.valueCount = .max
        case "long text": header.values = key + Header.integer(UInt32(8)) + Header.integer(UInt64(1) << 50)
        case "long list":
            header.values =
                key + Header.integer(UInt32(9)) + Header.integer(UInt32(8)) + Header.integer(UInt64(1) << 60)
        case "deep lists":
            header.values = key + Header.integer(UInt32(9))
            for _ in 0..<40 { header.values += Header.integer(UInt32(9)) + Header.integer(UInt64(1)) }
        case "unknown value": header.values = key + Header.integer(UInt32(77)) + [0]
        case "value twice":
            header.valueCount = 2
            header.values += header.values
        case "alignment":
            header.values =
                Header.text("general.alignment") + Header.integer(UInt32(4)) + Header.integer(UInt32(3))
        case "no dimension": (header.rank, header.dimensions) = (0, [])
        case "many dimensions": (header.rank, header.dimensions) = (5, [32, 1, 1, 1, 1])
        case "overflow": (header.rank, header.dimensions) = (4, [1 << 40, 1 << 40, 1 << 40, 1 << 40])
        case "large": header.dimensions = [32, 1 << 30]
        case "zero": header.dimensions = [32, 0]
        case "part of a block": header.dimensions = [31, 2]
        case "unknown type": header.type = 10
        case "offset": header.offset = 7
        case "beyond": header.data = 40
        case "tensor twice":
            header.tensorCount = 2
            tensors = header.tensor + header.tensor
        case "overlap":
            header.tensorCount = 2
            var second = header
            (second.name, second.offset) = (Header.text("u"), 32)
            header.data = 200
            tensors = header.tensor + second.tensor
        default: header.name = Header.integer(UInt64(1)) + [0xFF]
        }
        let message = try #require(try message(header.bytes(tensors: tensors)))
        #expect(message.contains(words) && message.contains("x.gguf"), "\(message)")
    }

    @Test func aFileTruncatedAnywhereIsRejected() throws {
        let bytes = Header().bytes()
        for length in 0..<bytes.count {
            #expect(try message(Array(bytes.prefix(length))) != nil, "\(length) bytes")
        }
    }

    @Test func changedBytesNeverCrash() throws {
        let original = try Fixture.bytes("blocks.gguf").prefix(2_048)
        var state: UInt64 = 9
        func draw(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var refused = 0
        for _ in 0..<400 {
            var bytes = Array(original)
            for _ in 0...draw(4) { bytes[draw(1_200)] = UInt8(truncatingIfNeeded: draw(256)) }
            if try message(bytes) != nil { refused += 1 }
        }
        #expect(refused == 400)
    }
}
