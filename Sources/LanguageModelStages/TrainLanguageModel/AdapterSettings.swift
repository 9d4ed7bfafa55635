import Checkpoints
public import LanguageModels
public import StageKit

/// The configuration of a new adapter.
struct AdapterSettings: SettingRecord {
    @Setting(1...4_096, "The rank of the adapters.")
    var rank = 32

    @Setting(0...1e6, "The numerator of the scale of the adapters.")
    var alpha = 64.0

    @Setting(0...0.99, "The probability of dropping an adapter input.")
    var dropout = 0.05

    @Setting("The projections to adapt; empty for those of the attention.")
    var targets: [Projection] = []

    /// The adapter of a model.
    func configuration(for model: ModelConfiguration, classCount: Int?) -> AdapterConfiguration {
        let attention = model.projections.filter(\.isAttention)
        return AdapterConfiguration(
            rank: rank, alpha: alpha, dropout: dropout, targets: targets.isEmpty ? attention : targets,
            classCount: classCount)
    }
}

extension Projection: SettingChoice {}
