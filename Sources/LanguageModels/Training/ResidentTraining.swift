internal import Tensors

/// A training run's parameters, gradients and optimizer state in the memory of a backend, from step to step.
///
/// A step transfers only tokens, targets, losses and norms; the rest is transferred when a state is saved, or is the best so far.
final class ResidentTraining {
    private let operations: any ResidentOperations
    private let layout: ParameterLayout
    private(set) var parameters: PlacedParameters
    private(set) var gradients: GradientMatrices
    private let moments: [any ResidentMoments]
    /// The number of steps taken.
    private var step: Int

    /// The state of a run, moved to the backend.
    init(_ state: TrainingState, _ operations: any ResidentOperations) {
        self.operations = operations
        layout = state.parameters.layout
        parameters = PlacedParameters(state.parameters, operations)
        gradients = GradientMatrices(layout, operations)
        moments = state.optimizer.moments.map { operations.resident($0) }
        step = state.optimizer.step
    }

    /// Adds the gradient of a pass's loss, at the parameters or at perturbed ones.
    func addGradients(
        _ decoder: Decoder, _ batch: SequenceBatch, _ targets: [Target], dropout: DropoutStep?,
        adversary: TrainingOptions.Adversary? = nil
    ) throws -> LossReport {
        try decoder.lossAndGradients(
            batch, targets: targets, parameters: adversary.map(moved) ?? parameters, addingTo: &gradients,
            dropout: dropout)
    }

    /// Takes an optimizer step with the gradients so far.
    ///
    /// - Returns: the gradient's norm before clipping, and the learning rate of the step.
    func update(_ options: OptimizerOptions, total: Int) throws -> (norm: Double, learningRate: Double) {
        let all = layout.entries.indices.map { gradients[$0] }
        let norm = try operations.clip(all, to: options.maximumGradientNorm)
        let rate = options.learningRate(at: step, of: total)
        step += 1
        for (index, entry) in layout.entries.enumerated() {
            operations.update(
                parameters.matrices[index], all[index], moments[index],
                by: options.momentStep(step, learningRate: rate, of: entry.name))
        }
        gradients = GradientMatrices(layout, operations)
        return (norm, rate)
    }

    /// Copies parameters and optimizer state to a state of the run.
    ///
    /// - Throws: if an earlier operation has failed on the backend.
    func store(in state: inout TrainingState) throws {
        state.parameters = try parameters.fetched(operations)
        state.optimizer.step = step
        state.optimizer.moments = try moments.map { try operations.fetch($0) }
    }

    /// See `TrainingOptions.Adversary.moved`.
    private func moved(_ adversary: TrainingOptions.Adversary) -> PlacedParameters {
        PlacedParameters(
            layout,
            layout.entries.enumerated().map { index, entry in
                guard entry.name.contains("weight") else { return parameters.matrices[index] }
                return operations.moved(
                    parameters.matrices[index], along: gradients[index], rate: adversary.learningRate,
                    epsilon: Float(adversary.epsilon))
            })
    }
}
