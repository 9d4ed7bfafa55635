package import Checkpoints
package import Files
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
        let weights = model.weights.flatMap { [$0.x.bitPattern, $0.y.bitPattern] }
        var file = try SafetensorsWriter(
            path,
            tensors: [
                .init("deviations", .float64, [scaling.deviations.count]),
                .init("means", .float64, [scaling.means.count]),
                .init("rarity", .float32, [scaling.rarity.count]),
                .init("weights", .float32, [model.weights.count, 2]),
            ],
            metadata: [
                "format": format, "words": String(model.options.words),
                "characters": String(model.options.characters), "bits": String(model.options.bits),
                "heldOutFold": model.heldOutFold.map(String.init) ?? "",
            ])
        try file.write("deviations", words: scaling.deviations.map(\.bitPattern))
        try file.write("means", words: scaling.means.map(\.bitPattern))
        try file.write("rarity", words: scaling.rarity.map(\.bitPattern))
        try file.write("weights", words: weights)
        try file.finish()
    }

    package static func read(_ path: FilePath) throws -> LinearModel { try read(SafetensorsFile(path)) }

    package static func read(_ file: SafetensorsFile) throws -> LinearModel {
        guard file.header.metadata["format"] == format else {
            throw file.unusable("it is not a linear model of this version")
        }
        let options = TermCounter.Options(
            words: try file.number("words"), characters: try file.number("characters"),
            bits: try file.number("bits"))
        let words = try file.words("weights", .float32, as: UInt32.self).map { Float(bitPattern: $0) }
        let weights = stride(from: 0, to: words.count - 1, by: 2).map { SIMD2(words[$0], words[$0 + 1]) }
        let scaling = FeatureScaling(
            rarity: try file.words("rarity", .float32, as: UInt32.self).map { Float(bitPattern: $0) },
            means: try file.words("means", .float64, as: UInt64.self).map { Double(bitPattern: $0) },
            deviations: try file.words("deviations", .float64, as: UInt64.self).map { Double(bitPattern: $0) }
        )
        guard (1...24).contains(options.bits), weights.count == DesignColumns(bits: options.bits).count,
            scaling.rarity.count == 1 << options.bits, scaling.means.count == Layout.inputCount,
            scaling.deviations.count == Layout.inputCount
        else { throw file.unusable("its tensors have the wrong sizes") }
        return LinearModel(
            options: options, scaling: scaling, weights: weights,
            heldOutFold: file.header.metadata["heldOutFold"].flatMap { Int($0) })
    }
}
