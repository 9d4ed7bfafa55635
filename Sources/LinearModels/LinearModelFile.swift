package import Files
package import ModelFiles
import StageSchemas
import TextFeatures

/// Linear models as safetensors.
///
/// Tensors: `weights` (F32, columns × 2), `rarity` (F32), `means` and `deviations` (F64); the metadata contains how
/// terms are counted and which fold was held out.
package enum LinearModelFile {
    /// The name of the format in the metadata.
    package static let format = "sluice-linear-2"

    package static func write(_ model: LinearModel, to path: FilePath) throws {
        let scaling = model.scaling
        func tensor<Word: FixedWidthInteger>(_ type: String, _ words: [Word], _ shape: [Int])
            -> ModelFile.Tensor
        {
            ModelFile.Tensor(type: type, shape: shape, bytes: LittleEndian.bytes(words))
        }
        let weights = model.weights.flatMap { [$0.x.bitPattern, $0.y.bitPattern] }
        try ModelFile(
            metadata: [
                "format": format, "words": String(model.options.words),
                "characters": String(model.options.characters), "bits": String(model.options.bits),
                "heldOutFold": model.heldOutFold.map(String.init) ?? "",
            ],
            tensors: [
                "deviations": tensor(
                    "F64", scaling.deviations.map(\.bitPattern), [scaling.deviations.count]),
                "means": tensor("F64", scaling.means.map(\.bitPattern), [scaling.means.count]),
                "rarity": tensor("F32", scaling.rarity.map(\.bitPattern), [scaling.rarity.count]),
                "weights": tensor("F32", weights, [model.weights.count, 2]),
            ]
        ).write(to: path)
    }

    package static func read(_ path: FilePath) throws -> LinearModel { try read(ModelFile(path)) }

    package static func read(_ file: ModelFile) throws -> LinearModel {
        guard file.metadata["format"] == format else {
            throw ModelFile.damaged("it is not a linear model of this version")
        }
        let options = TermCounter.Options(
            words: try file.number("words"), characters: try file.number("characters"),
            bits: try file.number("bits"))
        let words = try file.words("weights", "F32", as: UInt32.self).map { Float(bitPattern: $0) }
        let weights = stride(from: 0, to: words.count - 1, by: 2).map { SIMD2(words[$0], words[$0 + 1]) }
        let scaling = FeatureScaling(
            rarity: try file.words("rarity", "F32", as: UInt32.self).map { Float(bitPattern: $0) },
            means: try file.words("means", "F64", as: UInt64.self).map { Double(bitPattern: $0) },
            deviations: try file.words("deviations", "F64", as: UInt64.self).map { Double(bitPattern: $0) })
        guard (1...24).contains(options.bits), weights.count == DesignColumns(bits: options.bits).count,
            scaling.rarity.count == 1 << options.bits, scaling.means.count == Layout.inputCount,
            scaling.deviations.count == Layout.inputCount
        else { throw ModelFile.damaged("its tensors have the wrong sizes") }
        return LinearModel(
            options: options, scaling: scaling, weights: weights,
            heldOutFold: file.metadata["heldOutFold"].flatMap { Int($0) })
    }
}
