import Files
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct SafetensorsTests {
    @Test func readsEveryTypeAndWritesTheBytesOfTheFormatsOwnLibrary() throws {
        let file = try SafetensorsFile(Fixture.path("types.safetensors"))
        let exact = try file.floats(of: file.required("a.f32"))
        #expect(exact.count == 32 && exact[10] == 3.141_592_74 && exact[15] == .infinity)
        #expect(try file.floats(of: file.required("a.f32"), rows: 1..<3) == Array(exact[8..<24]))
        #expect(file.bytes(of: try file.required("d.u8")) == [0, 1, 2, 3, 4, 5, 6])
        #expect(try file.floats(of: file.required("e.scalar")) == [2.5])
        #expect(try file.floats(of: file.required("f.empty")).isEmpty)
        #expect(throws: CheckpointError.self) { try file.floats(of: file.required("d.u8")) }
        #expect(throws: CheckpointError.self) { try file.required("g") }
        try withTemporaryFolder { folder in
            let path = folder.appending("copy.safetensors")
            let tensors = file.header.entries.reversed().map {
                SafetensorsWriter.Tensor($0.name, $0.type, $0.shape)
            }
            var writer = try SafetensorsWriter(path, tensors: tensors)
            for tensor in tensors where tensor.type != .uint8 {
                // Each type is rounded to from the exact numbers.
                let numbers =
                    tensor.shape == [4, 8] ? exact : try file.floats(of: file.required(tensor.name))
                try writer.write(tensor.name, floats: numbers)
            }
            try writer.write("d.u8", bytes: [0, 1, 2, 3, 4, 5, 6])
            try writer.finish()
            #expect(try FileContents.read(path) == Fixture.bytes("types.safetensors"))
        }
    }

    @Test func aWriterRejectsUndeclaredTensors() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("x")
            let tensor = SafetensorsWriter.Tensor("a", .float32, [2])
            #expect(throws: CheckpointError.self) {
                let writer = try SafetensorsWriter(path, tensors: [tensor, tensor])
                try writer.finish()
            }
            for (name, numbers) in [("b", [1]), ("a", [1, 2, 3]), ("", [])] as [(String, [Float])] {
                #expect(throws: CheckpointError.self) {
                    var writer = try SafetensorsWriter(path, tensors: [tensor])
                    if !name.isEmpty { try writer.write(name, floats: numbers) }
                    try writer.finish()
                }
            }
        }
    }

    private func file(_ header: String, tensors: Int) -> [UInt8] {
        let length = header.utf8.count
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
            + Array(repeating: 0, count: tensors)
    }

    @Test(arguments: [
        ("", "header"), ("[]", "header"), ("{\"a\":{}}", "missing"),
        ("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", "unknown type"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "shape"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "need 12"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "outside"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "outside"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", "outside"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", "outside"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "end at"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "gap"),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "overlaps"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4611686018427387904],"
                + "\"data_offsets\":[0,8]}}", "more elements"
        ),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e99],\"data_offsets\":[0,8]}}", "header"),
    ]) func rejectsDamagedHeaders(header: String, message: String) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("bad.safetensors")
            try FileContents.write(file(header, tensors: 8), to: path)
            let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path) }
            #expect("\(error.map(\.description) ?? "")".contains(message))
        }
    }

    @Test func rejectsDeeplyNestedHeaders() throws {
        for text in ["{\"a\":", "["] {
            let header = Array(String(repeating: text, count: 100_000).utf8)
            let error = #expect(throws: CheckpointError.self) {
                try SafetensorsHeader(json: header, size: header.count + 8)
            }
            #expect("\(error.map(\.description) ?? "")".count < 500)
        }
    }

    @Test func rejectsTruncatedFiles() throws {
        let whole = try Fixture.bytes("types.safetensors")
        try withTemporaryFolder { folder in
            let path = folder.appending("cut.safetensors")
            for count in stride(from: 0, to: whole.count, by: 7) {
                try FileContents.write(Array(whole[..<count]), to: path)
                #expect(throws: CheckpointError.self) { try SafetensorsFile(path) }
            }
            try FileContents.write([255, 255, 255, 255, 255, 255, 255, 255, 1], to: path)
            #expect(throws: CheckpointError.self) { try SafetensorsFile(path) }
        }
    }

    @Test func changedBytesAreReadOrRejected() throws {
        let whole = try Fixture.bytes("types.safetensors")
        try withTemporaryFolder { folder in
            let path = folder.appending("changed.safetensors")
            for index in stride(from: 0, to: min(whole.count, 700), by: 3) {
                for byte in [0, 0x22, 0x39, 0x7D, 0xFF] as [UInt8] {
                    var changed = whole
                    changed[index] = byte
                    try FileContents.write(changed, to: path)
                    guard let file = try? SafetensorsFile(path) else { continue }
                    for entry in file.header.entries { _ = try? file.floats(of: entry) }
                }
            }
        }
    }

    @Test func findsShardsThroughTheIndexAndOnlyInTheFolder() throws {
        try withTemporaryFolder { folder in
            #expect(throws: CheckpointError.self) { try CheckpointTensors(folder) }
            for (shard, name, number) in [("one", "a", Float(1)), ("two", "b", 2)] {
                var writer = try SafetensorsWriter(
                    folder.appending(shard + ".safetensors"), tensors: [.init(name, .float32, [1])])
                try writer.write(name, floats: [number])
                try writer.finish()
            }
            let index = folder.appending("model.safetensors.index.json")
            func write(_ map: String) throws {
                try FileContents.write("{\"weight_map\":{\(map)}}", to: index)
            }
            try write("\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"")
            let tensors = try CheckpointTensors(folder)
            #expect(tensors.names == ["a", "b"])
            #expect(try tensors.required("b").floats() == [2])
            try write("\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"")
            #expect(throws: CheckpointError.self) { try CheckpointTensors(folder) }
            try write("\"a\":\"../one.safetensors\"")
            #expect(throws: CheckpointError.self) { try CheckpointTensors(folder) }
        }
    }
}
