package import Checkpoints
import FeatureTables
package import Files
import TextFeatures

/// Linear models as safetensors.
///
/// Tensors: `weights` (F32, columns × 2), `rarity` (F32), `means` and `deviations` (F64), and with tables of features
/// `tableMeans` and `tableDeviations` (F64); the metadata contains how terms are counted, which fold was held out, and
/// the numbers of features of the tables.
package enum LinearModelFile {
    /// The name of the format in the metadata.
    package static let format = "sluice-linear-2"

    package static func write(_ model: LinearModel, to path: FilePath) throws {
        let scaling = model.scaling
        let weights = model.weights.flatMap { [$0.x.bitPattern, $0.y.bitPattern] }
        let tables = model.tables
        var tensors: [SafetensorsWriter.Tensor] = [
            .init("deviations", .float64, [scaling.deviations.count]),
            .init("means", .float64, [scaling.means.count]),
            .init("rarity", .float32, [scaling.rarity.count]),
            .init("weights", .float32, [model.weights.count, 2]),
        ]
        var metadata = [
            "format": format, "words": String(model.options.words),
            "characters": String(model.options.characters), "bits": String(model.options.bits),
            "heldOutFold": model.heldOutFold.map(String.init) ?? "",
        ]
        if !tables.widths.isEmpty {
            tensors.append(.init("tableDeviations", .float64, [tables.columnCount]))
            tensors.append(.init("tableMeans", .float64, [tables.columnCount]))
            metadata["tables"] = RowFeatures.Widths.text(tables.widths)
        }
        var file = try SafetensorsWriter(path, tensors: tensors, metadata: metadata)
        try file.write("deviations", words: scaling.deviations.map(\.bitPattern))
        try file.write("means", words: scaling.means.map(\.bitPattern))
        try file.write("rarity", words: scaling.rarity.map(\.bitPattern))
        try file.write("weights", words: weights)
        if !tables.widths.isEmpty {
            try file.write("tableDeviations", words: tables.deviations.map(\.bitPattern))
            try file.write("tableMeans", words: tables.means.map(\.bitPattern))
        }
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
        let tables = try tables(file)
        guard (1...24).contains(options.bits),
            weights.count == DesignColumns(bits: options.bits, tables: tables.widths).count,
            scaling.rarity.count == 1 << options.bits, scaling.means.count == Layout.inputCount,
            scaling.deviations.count == Layout.inputCount
        else { throw file.unusable("its tensors have the wrong sizes") }
        return LinearModel(
            options: options, scaling: scaling, tables: tables, weights: weights,
            heldOutFold: file.header.metadata["heldOutFold"].flatMap { Int($0) })
    }

    private static func tables(_ file: SafetensorsFile) throws -> TableScaling {
        guard let text = file.header.metadata["tables"] else { return .none }
        guard let widths = RowFeatures.Widths.list(text) else {
            throw file.unusable("it was trained on other tables of features")
        }
        let means = try file.words("tableMeans", .float64, as: UInt64.self)
        let deviations = try file.words("tableDeviations", .float64, as: UInt64.self)
        guard means.count == TableScaling.columnCount(widths), deviations.count == means.count else {
            throw file.unusable("its tensors have the wrong sizes")
        }
        return TableScaling(
            widths: widths, means: means.map { Double(bitPattern: $0) },
            deviations: deviations.map { Double(bitPattern: $0) })
    }
}
