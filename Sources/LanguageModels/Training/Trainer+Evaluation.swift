extension Trainer {
    /// The mean loss at the positions of the evaluation targets.
    ///
    /// - Returns: nil if there is nothing to evaluate on.
    public func evaluate(_ parameters: ParameterVector) throws -> Double? {
        try evaluate(decoder.placed(parameters))
    }

    /// The same, with parameters in the backend's memory.
    func evaluate(_ parameters: PlacedParameters) throws -> Double? {
        guard !evaluationExamples.isEmpty else { return nil }
        var sums = [Double](repeating: 0, count: evaluationExamples.count)
        let passes = ExampleOrder.passes(
            evaluationExamples.map(\.tokenCount), tokens: options.tokensPerPass)
        for pass in passes {
            let (batch, targets) = Self.batch(pass.map { evaluationExamples[$0] }, share: 1)
            let losses = try decoder.loss(batch, targets: targets, parameters: parameters).targetLosses
            var next = 0
            for index in pass {
                for target in evaluationExamples[index].sequences.flatMap(\.targets) {
                    sums[index] += target.weight * losses[next]
                    next += 1
                }
            }
        }
        // In the order of the examples, regardless of how they were grouped into passes.
        return sums.reduce(0, +) / Double(evaluationExamples.reduce(0) { $0 + $1.targetCount })
    }

    /// Evaluates after a step if an evaluation is due, keeps the best model, and stops when patience runs out.
    func evaluateIfDue(_ state: inout TrainingState, _ resident: ResidentTraining?) throws
        -> TrainingState.EvaluationRecord?
    {
        guard let interval = options.stepsPerEvaluation,
            state.step.isMultiple(of: interval) || state.step == stepCount,
            let loss = try evaluate(resident?.parameters ?? decoder.placed(state.parameters))
        else { return nil }
        let record = TrainingState.EvaluationRecord(step: state.step, loss: loss)
        state.evaluations.append(record)
        if loss < state.best?.loss ?? .infinity {
            if options.keepsBest { try resident?.store(in: &state) }
            let numbers = options.keepsBest ? state.parameters.numbers : []
            state.best = TrainingState.Best(step: state.step, loss: loss, numbers: numbers)
        } else if let patience = options.patience, state.evaluationsWithoutBest >= patience {
            state.isStoppedEarly = true
        }
        return record
    }
}
