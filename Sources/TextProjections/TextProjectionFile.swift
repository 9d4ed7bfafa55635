import Checkpoints
package import Files
import TextFeatures

/// Text projections as safetensors.
///
/// Tensors: `buckets` (U64), `rarity` (F32), `components` (F32, buckets × dimensions) and `singularValues` (F64); the metadata
/// contains how terms are counted.
package enum TextProjectionFile {
    /// The name of the format in the metadata.
    package static let format = "sluice-text-projection-1"

    package static func write(_ projection: TextProjection, to path: FilePath) throws {
        let count = projection.buckets.count
        var file = try SafetensorsWriter(
            path,
            tensors: [
                .init("buckets", .uint64, [count]),
                .init("components", .float32, [count, projection.dimensions]),
                .init("rarity", .float32, [count]),
                .init("singularValues", .float64, [projection.dimensions]),
            ],
            metadata: [
                "format": format, "words": String(projection.options.words),
                "characters": String(projection.options.characters), "bits": String(projection.options.bits),
            ])
        try file.write("buckets", words: projection.buckets.map { UInt64($0) })
        try file.write("components", words: projection.components.map(\.bitPattern))
        try file.write("rarity", words: projection.rarity.map(\.bitPattern))
        try file.write("singularValues", words: projection.singularValues.map(\.bitPattern))
        try file.finish()
    }

    package static func read(_ path: FilePath) throws -> TextProjection {
        let file = try SafetensorsFile(path)
        guard file.header.metadata["format"] == format else {
            throw file.unusable("it is not a text projection of this version")
        }
        let options = TermCounter.Options(
            words: try file.number("words"), characters: try file.number("characters"),
            bits: try file.number("bits"))
        let buckets = try file.words("buckets", .uint64, as: UInt64.self)
        let rarity = try file.words("rarity", .float32, as: UInt32.self).map { Float(bitPattern: $0) }
        let components = try file.words("components", .float32, as: UInt32.self).map {
            Float(bitPattern: $0)
        }
        let values = try file.words("singularValues", .float64, as: UInt64.self).map {
            Double(bitPattern: $0)
        }
        guard (8...22).contains(options.bits), (1...5).contains(options.words),
            (0...8).contains(options.characters), buckets.allSatisfy({ $0 < 1 << UInt64(options.bits) }),
            zip(buckets, buckets.dropFirst()).allSatisfy({ $0 < $1 }), rarity.count == buckets.count,
            components.count == buckets.count * values.count,
            components.allSatisfy(\.isFinite), rarity.allSatisfy({ $0 > 0 && $0.isFinite })
        else { throw file.unusable("its tensors have the wrong sizes") }
        return TextProjection(
            options: options, buckets: buckets.map { UInt32($0) }, rarity: rarity, components: components,
            singularValues: values)
    }
}
