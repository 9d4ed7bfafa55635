import Digests
package import Files
import GradientBoosting
package import ModelFiles

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
        func tensor(_ type: String, _ words: [UInt64]) -> ModelFile.Tensor {
            ModelFile.Tensor(type: type, shape: [words.count], bytes: LittleEndian.bytes(words))
        }
        try ModelFile(
            metadata: [
                "format": format, "symmetric": model.isSymmetric ? "1" : "0",
                "members": String(model.memberCount),
                "features": String(ComparisonNumbers.width),
                "shortest": String(terms.options.shortest), "longest": String(terms.options.longest),
                "heldOutFold": model.heldOutFold.map(String.init) ?? "",
                "digest": SHA256.digest(of: booster).hexadecimal,
            ],
            tensors: [
                "booster": ModelFile.Tensor(type: "U8", shape: [booster.count], bytes: booster),
                "offsets": tensor("F64", model.offsets.map(\.bitPattern)), "terms": tensor("U64", terms.keys),
                "rarity": tensor("F64", terms.rarity.map(\.bitPattern)),
            ]
        ).write(to: path)
    }

    package static func read(_ file: ModelFile, threads: Int) throws -> BoostingModel {
        guard file.metadata["format"] == format, let booster = file.tensors["booster"]?.bytes,
            file.metadata["digest"] == SHA256.digest(of: booster).hexadecimal
        else { throw ModelFile.damaged("its trees have been modified") }
        let isSymmetric = try file.number("symmetric") == 1
        let offsets = try file.words("offsets", "F64", as: UInt64.self).map { Double(bitPattern: $0) }
        let keys = try file.words("terms", "U64", as: UInt64.self)
        let rarity = try file.words("rarity", "F64", as: UInt64.self).map { Double(bitPattern: $0) }
        let options = CharacterTerms.Options(
            count: keys.count, shortest: try file.number("shortest"), longest: try file.number("longest"))
        let members = try file.number("members")
        guard offsets.count == 3, keys.count == rarity.count, (0...1000).contains(members),
            (1...3).contains(options.shortest), (options.shortest...3).contains(options.longest),
            try file.number("features") == ComparisonNumbers.width
        else { throw ModelFile.damaged("it was trained on different columns") }
        return BoostingModel(
            isSymmetric: isSymmetric, offsets: offsets, memberCount: members,
            terms: CharacterTerms(options: options, keys: keys, rarity: rarity),
            heldOutFold: file.metadata["heldOutFold"].flatMap { Int($0) },
            booster: try Booster(
                model: booster, outputs: BoostingModel.outputs(isSymmetric: isSymmetric), threads: threads))
    }
}
