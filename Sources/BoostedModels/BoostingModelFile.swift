package import Checkpoints
import Digests
import FeatureTables
package import Files
import GradientBoosting

/// Boosted models as safetensors.
///
/// Tensors: `booster` (U8: XGBoost's universal binary JSON, which XGBoost itself can open), `offsets` (F64, 3), `terms`
/// (U64: the character n-grams, packed) and `rarity` (F64). The metadata contains the rest, including a digest of the
/// booster: XGBoost validates little, so a damaged one must not reach it.
package enum BoostingModelFile {
    /// The name of the format in the metadata.
    package static let format = "sluice-boosting-1"

    package static func write(_ model: BoostingModel, to path: FilePath) throws {
        let booster = try model.booster.model()
        let terms = model.terms
        var metadata = [
            "format": format, "symmetric": model.isSymmetric ? "1" : "0",
            "members": String(model.memberCount),
            "features": String(ComparisonNumbers.width),
            "shortest": String(terms.options.shortest), "longest": String(terms.options.longest),
            "heldOutFold": model.heldOutFold.map(String.init) ?? "",
            "digest": SHA256.digest(of: booster).hexadecimal,
        ]
        if !model.tables.isEmpty {
            metadata["tables"] = RowFeatures.Widths.text(model.tables)
        }
        var file = try SafetensorsWriter(
            path,
            tensors: [
                .init("booster", .uint8, [booster.count]), .init("offsets", .float64, [model.offsets.count]),
                .init("rarity", .float64, [terms.rarity.count]), .init("terms", .uint64, [terms.keys.count]),
            ],
            metadata: metadata)
        try file.write("booster", bytes: booster)
        try file.write("offsets", words: model.offsets.map(\.bitPattern))
        try file.write("rarity", words: terms.rarity.map(\.bitPattern))
        try file.write("terms", words: terms.keys)
        try file.finish()
    }

    package static func read(_ file: SafetensorsFile, threads: Int) throws -> BoostingModel {
        let booster = try file.words("booster", .uint8, as: UInt8.self)
        guard file.header.metadata["format"] == format,
            file.header.metadata["digest"] == SHA256.digest(of: booster).hexadecimal
        else { throw file.unusable("its trees have been modified") }
        let isSymmetric = try file.number("symmetric") == 1
        let offsets = try file.words("offsets", .float64, as: UInt64.self).map { Double(bitPattern: $0) }
        let keys = try file.words("terms", .uint64, as: UInt64.self)
        let rarity = try file.words("rarity", .float64, as: UInt64.self).map { Double(bitPattern: $0) }
        let options = CharacterTerms.Options(
            count: keys.count, shortest: try file.number("shortest"), longest: try file.number("longest"))
        let members = try file.number("members")
        guard let tables = RowFeatures.Widths.list(file.header.metadata["tables"] ?? "") else {
            throw file.unusable("it was trained on other tables of features")
        }
        guard offsets.count == 3, keys.count == rarity.count, (0...1000).contains(members),
            (1...3).contains(options.shortest), (options.shortest...3).contains(options.longest),
            try file.number("features") == ComparisonNumbers.width
        else { throw file.unusable("it was trained on different columns") }
        return BoostingModel(
            isSymmetric: isSymmetric, offsets: offsets, memberCount: members,
            terms: CharacterTerms(options: options, keys: keys, rarity: rarity),
            tables: tables,
            heldOutFold: file.header.metadata["heldOutFold"].flatMap { Int($0) },
            booster: try Booster(
                model: booster, outputs: BoostingModel.outputs(isSymmetric: isSymmetric), threads: threads))
    }
}
