import Files
import FoundationEssentials
import StageKit
import StageSchemas

/// Linear models as safetensors: an 8-byte little-endian length, a JSON header, and the tensors.
///
/// <https://github.com/huggingface/safetensors#format>. Tensors: `weights` (F32), `rarity` (F32), `means` and `deviations` (F64);
/// the metadata holds how terms are counted and which fold was held out.
enum LinearModelFile {
    private static let format = "sluice-linear-1"
    private static let maximumHeader = 1 << 20

    static func write(_ model: LinearModel, to path: FilePath) throws {
        var data: [UInt8] = []
        var header: [String: Value] = [:]
        func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
            header[name] = [
                "dtype": .string(type), "shape": .list(shape.map { .integer($0) }),
                "data_offsets": [.integer(data.count), .integer(data.count + bytes.count)],
            ]
            data += bytes
        }
        // The widest first, so that every tensor is aligned.
        let scaling = model.scaling
        add("deviations", "F64", [scaling.deviations.count], bytes(scaling.deviations.map(\.bitPattern)))
        add("means", "F64", [scaling.means.count], bytes(scaling.means.map(\.bitPattern)))
        add("rarity", "F32", [scaling.rarity.count], bytes(scaling.rarity.map(\.bitPattern)))
        let weights = model.weights.flatMap { [$0.x.bitPattern, $0.y.bitPattern] }
        add("weights", "F32", [model.weights.count, 2], bytes(weights))
        header["__metadata__"] = [
            "format": .string(format), "words": .string(String(model.options.words)),
            "characters": .string(String(model.options.characters)),
            "bits": .string(String(model.options.bits)),
            "heldOutFold": .string(model.heldOutFold.map(String.init) ?? ""),
        ]
        var text = Array(Value.map(header).json.utf8)
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        try FileContents.write(bytes([UInt64(text.count)]) + text + data, to: path)
    }

    static func read(_ path: FilePath) throws -> LinearModel {
        let file = try FileContents.read(path, limit: 1 << 30)
        func damaged(_ reason: String) -> StageFailure {
            StageFailure("the model cannot be read: \(reason). It should be a train-linear model.")
        }
        guard file.count >= 8 else { throw damaged("it has no header") }
        let length = Int(clamping: words(file[0..<8], UInt64.self)[0])
        guard length <= maximumHeader, file.count >= 8 + length,
            case .map(let header)? = try? JSONDecoder().decode(Value.self, from: Data(file[8..<(8 + length)])),
            case .map(let metadata)? = header["__metadata__"], metadata["format"] == .string(format)
        else { throw damaged("its header is of another kind") }
        func tensor(_ name: String, width: Int) throws -> ArraySlice<UInt8> {
            guard case .map(let entry)? = header[name], case .list(let offsets)? = entry["data_offsets"],
                offsets.count == 2, case .integer(let start) = offsets[0],
                case .integer(let end) = offsets[1],
                start >= 0, end >= start, end <= file.count - 8 - length, (end - start) % width == 0
            else { throw damaged("the tensor '\(name)' is missing or out of bounds") }
            return file[(8 + length + start)..<(8 + length + end)]
        }
        func number(_ name: String) throws -> Int {
            guard let value = metadata[name]?.description, let number = Int(value) else {
                throw damaged("'\(name)' is missing")
            }
            return number
        }
        let options = TermCounter.Options(
            words: try number("words"), characters: try number("characters"), bits: try number("bits"))
        let weights = words(try tensor("weights", width: 8), UInt64.self).map {
            SIMD2(
                Float(bitPattern: UInt32(truncatingIfNeeded: $0)),
                Float(bitPattern: UInt32(truncatingIfNeeded: $0 >> 32)))
        }
        let scaling = FeatureScaling(
            rarity: words(try tensor("rarity", width: 4), UInt32.self).map { Float(bitPattern: $0) },
            means: words(try tensor("means", width: 8), UInt64.self).map { Double(bitPattern: $0) },
            deviations: words(try tensor("deviations", width: 8), UInt64.self).map { Double(bitPattern: $0) })
        guard (1...24).contains(options.bits), weights.count == DesignColumns(bits: options.bits).count,
            scaling.rarity.count == 1 << options.bits, scaling.means.count == Layout.inputCount,
            scaling.deviations.count == Layout.inputCount
        else { throw damaged("its tensors are of other sizes") }
        return LinearModel(
            options: options, scaling: scaling, weights: weights,
            heldOutFold: metadata["heldOutFold"].flatMap { Int($0.description) })
    }

    private static func bytes<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(words.count * Word.bitWidth / 8)
        for word in words {
            for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
                result.append(UInt8(truncatingIfNeeded: word >> Word(shift)))
            }
        }
        return result
    }

    private static func words<Word: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ type: Word.Type)
        -> [Word]
    {
        let width = Word.bitWidth / 8
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
            var word: Word = 0
            for offset in 0..<width { word |= Word(bytes[start + offset]) << Word(8 * offset) }
            return word
        }
    }
}
