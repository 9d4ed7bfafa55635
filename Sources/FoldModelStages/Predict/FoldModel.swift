import BoostedModels
import Checkpoints
import Files
import LinearModels
import StageKit

/// A trained model of one of the kinds that `predict` supports.
enum FoldModel {
    case linear(LinearModel)
    case boosting(BoostingModel)

    /// Reads a model; its file identifies the kind.
    init(_ path: FilePath, threads: Int) throws {
        let file = try SafetensorsFile(path)
        switch file.header.metadata["format"] {
        case LinearModelFile.format: self = .linear(try LinearModelFile.read(file))
        case BoostingModelFile.format:
            self = .boosting(try BoostingModelFile.read(file, threads: threads))
        case let format:
            throw file.unusable("unknown format '\(format ?? "")'")
        }
    }

    /// The fold that was held out in training; nil if there was none.
    var heldOutFold: Int? {
        switch self {
        case .linear(let model): model.heldOutFold
        case .boosting(let model): model.heldOutFold
        }
    }
}

@available(*, unavailable) extension FoldModel: Sendable {}
