import Files
import TestSupport
import Testing

@testable import Checkpoints
@testable import LanguageModels
@testable import Tensors

@Suite struct QuantizedTensorTests {
    static let names = ["wide", "odd", "half", "zero"]

    private static let folder = FilePath(#filePath).parent.appending("Fixtures")

    private func fixture() throws -> CheckpointTensors {
        try CheckpointTensors(Self.folder.appending("nf4"))
    }

    @Test(arguments: names, [1, 2])
    func codesAndScalesMatchBitsandbytesToTheBit(name: String, threads: Int) throws {
        let tensors = try fixture()
        let source = try tensors.required(name + ".source")
        let rows = source.entry.shape[0]
        let columns = source.entry.shape[1]
        let matrix = NF4Matrix(
            quantizing: try source.floats(), rows: rows, columns: columns, threads: threads)
        let expected = try QuantizedTensor.read(name + ".weight", from: tensors)
        #expect(matrix.codes == expected.codes)
        #expect(matrix.scales == expected.scales)
    }

    /// The fixture has no expected numbers for `wide`, to stay small.
    @Test(arguments: names.filter { $0 != "wide" })
    func dequantizesAsBitsandbytes(name: String) throws {
        let tensors = try fixture()
        let matrix = try QuantizedTensor.read(name + ".weight", from: tensors)
        let (rows, columns) = (matrix.rowCount, matrix.columnCount)
        let numbers = try tensors.required(name + ".expected").floats()
        #expect(WeightMatrix(matrix).floats == numbers)
        // Any rows alone.
        for range in [0..<1, 1..<rows, (rows / 2)..<(rows / 2 + 1), rows..<rows] {
            let part = numbers[(range.lowerBound * columns)..<(range.upperBound * columns)]
            #expect(WeightMatrix(matrix).floats(rows: range) == Array(part))
        }
    }

    @Test func aWrittenWeightReadsBackAndMatchesBitsandbytesExceptForPadding() throws {
        let tensors = try fixture()
        try withTemporaryFolder { folder in
            let name = "odd.weight"
            let matrix = try QuantizedTensor.read(name, from: tensors)
            var writer = try SafetensorsWriter(
                folder.appending("model.safetensors"),
                tensors: QuantizedTensor.tensors(name, rows: matrix.rowCount, columns: matrix.columnCount))
            try QuantizedTensor.write(matrix, name, type: .float32, to: &writer)
            try writer.finish()
            let written = try CheckpointTensors(folder)
            #expect(try QuantizedTensor.read(name, from: written).codes == matrix.codes)
            for other in written.names {
                let ours = try written.required(other)
                let theirs = try tensors.required(other)
                if other.contains("quant_state") {
                    let text = String(decoding: ours.bytes, as: UTF8.self)
                    let start = text.prefix { $0 != "}" }
                    #expect(String(decoding: theirs.bytes, as: UTF8.self).hasPrefix(start))
                } else {
                    #expect(ours.bytes == theirs.bytes && ours.entry.shape == theirs.entry.shape)
                }
            }
        }
    }

    @Test func rejectsInconsistentParts() throws {
        let matrix = NF4Matrix(quantizing: Array(repeating: 1, count: 128), rows: 2, columns: 64)
        for (name, type, shape) in [
            ("a.absmax", ElementType.uint8, [1]), ("a", .uint8, [63, 1]), ("a.nested_absmax", .float32, [2]),
            ("a.nested_quant_map", .float32, [255]), ("a.quant_state.bitsandbytes__nf4", .uint8, [3]),
        ] {
            try withTemporaryFolder { folder in
                let tensors = QuantizedTensor.tensors("a", rows: 2, columns: 64)
                let whole = folder.appending("model.safetensors")
                var writer = try SafetensorsWriter(whole, tensors: tensors)
                try QuantizedTensor.write(matrix, "a", type: .float32, to: &writer)
                try writer.finish()
                let original = try CheckpointTensors(folder)
                let changed = folder.appending("changed")
                try FileSystem.makeDirectory(changed)
                var other = try SafetensorsWriter(
                    changed.appending("model.safetensors"),
                    tensors: tensors.map { $0.name == name ? .init(name, type, shape) : $0 })
                for tensor in tensors {
                    let bytes =
                        tensor.name == name
                        ? Array(repeating: 0, count: shape.reduce(type.size, *))
                        : try original.required(tensor.name).bytes
                    try other.write(tensor.name, bytes: bytes)
                }
                try other.finish()
                let damaged = try CheckpointTensors(changed)
                #expect(throws: CheckpointError.self) { try QuantizedTensor.read("a", from: damaged) }
            }
        }
    }

    @Test func codeBooksAndCodesMatchBitsandbytes() throws {
        let file = try SafetensorsFile(Self.folder.appending("dynamic.safetensors"))
        func floats(_ name: String) throws -> [Float] { try file.floats(of: file.required(name)) }
        #expect(try DynamicCode.signed.values == floats("signed"))
        #expect(try DynamicCode.unsigned.values == floats("unsigned"))
        let numbers = try floats("numbers")
        #expect(
            try numbers.map(DynamicCode.signed.code) == file.bytes(of: file.required("signed.codes")))
        #expect(
            try numbers.map { DynamicCode.unsigned.code(of: abs($0)) }
                == file.bytes(of: file.required("unsigned.codes")))
    }
}
