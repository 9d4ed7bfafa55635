extension Trainer {
    /// One optimizer step on some examples.
    ///
    /// The gradient is that of the mean over the positions of the step's targets; passes merely split the sum.
    ///
    /// - Parameters:
    ///   - resident: where parameters and optimizer state are, instead of in `state`.
    ///   - seen: the number of examples seen before.
    func step(
        _ state: inout TrainingState, _ resident: ResidentTraining?, _ chosen: [TrainingExample], at seen: Int
    ) throws -> TrainingState.StepRecord {
        let share = 1 / Double(chosen.reduce(0) { $0 + $1.targetCount })
        var gradients = ParameterVector(zeros: resident == nil ? decoder.layout : ParameterLayout())
        var loss = 0.0
        var passNumber = state.passes
        let epoch = Double(seen) / Double(examples.count)
        let passes = ExampleOrder.passes(chosen.map(\.tokenCount), tokens: options.tokensPerPass)
        for pass in passes {
            let (batch, targets) = Self.batch(pass.map { chosen[$0] }, share: share)
            let adversary = options.adversary.flatMap { $0.isActive(at: epoch) ? $0 : nil }
            if let resident {
                loss += try resident.addGradients(decoder, batch, targets, dropout: dropout(&passNumber)).loss
                guard let adversary else { continue }
                _ = try resident.addGradients(
                    decoder, batch, targets, dropout: dropout(&passNumber), adversary: adversary)
                continue
            }
            loss += try decoder.lossAndGradients(
                batch, targets: targets, parameters: state.parameters, addingTo: &gradients,
                dropout: dropout(&passNumber)
            ).loss
            if let adversary {
                let moved = adversary.moved(state.parameters, along: gradients)
                _ = try decoder.lossAndGradients(
                    batch, targets: targets, parameters: moved, addingTo: &gradients,
                    dropout: dropout(&passNumber))
            }
        }
        guard loss.isFinite else {
            throw LanguageModelError(
                "the loss of step \(state.step + 1) is not finite: the training has diverged; "
                    + "lower the learning rate")
        }
        let (norm, rate) =
            try resident?.update(options.optimizer, total: stepCount)
            ?? state.optimizer.update(
                &state.parameters, &gradients, options: options.optimizer, total: stepCount)
        state.passes = passNumber
        let record = TrainingState.StepRecord(
            loss: loss, gradientNorm: norm, learningRate: rate,
            tokens: chosen.reduce(0) { $0 + $1.tokenCount })
        state.steps.append(record)
        return record
    }

    private func dropout(_ passNumber: inout UInt64) -> DropoutStep? {
        passNumber += 1
        return DropoutStep(seed: options.seed, step: passNumber)
    }

    /// The concatenated sequences of examples, and their targets, with weights multiplied by `share`.
    static func batch(_ examples: [TrainingExample], share: Double) -> (SequenceBatch, [Target]) {
        let sequences = examples.flatMap(\.sequences)
        let batch = SequenceBatch(sequences.map(\.tokens))
        let targets = sequences.enumerated().flatMap { index, sequence in
            sequence.targets.map { target in
                Target(
                    position: batch.starts[index] + target.position, weight: target.weight * share,
                    kind: target.kind)
            }
        }
        return (batch, targets)
    }
}

extension TrainingOptions.Adversary {
    /// Whether gradients are recomputed at an epoch.
    func isActive(at epoch: Double) -> Bool { learningRate != 0 && epoch >= startEpoch }

    /// The weights perturbed against the loss: each tensor along its gradient, each element within its box.
    ///
    /// w ← clamp(w + rate · g / (‖g‖ + 10⁻⁶) · (‖w‖ + 10⁻⁶), w ± ε |w|), with the norms of the tensor; a tensor without
    /// a gradient is unchanged.
    func moved(_ parameters: ParameterVector, along gradients: ParameterVector) -> ParameterVector {
        var moved = parameters
        for entry in parameters.layout.entries where entry.name.contains("weight") {
            var gradientSquares = 0.0
            var weightSquares = 0.0
            for index in entry.range {
                gradientSquares += Double(gradients.numbers[index]) * Double(gradients.numbers[index])
                weightSquares += Double(parameters.numbers[index]) * Double(parameters.numbers[index])
            }
            guard gradientSquares > 0, gradientSquares.isFinite else { continue }
            let factor = Float(
                learningRate / (gradientSquares.squareRoot() + 1e-6) * (weightSquares.squareRoot() + 1e-6))
            for index in entry.range {
                let weight = parameters.numbers[index]
                let room = Float(epsilon) * abs(weight)
                let target = weight + factor * gradients.numbers[index]
                moved.numbers[index] = min(max(target, weight - room), weight + room)
            }
        }
        return moved
    }
}
