internal import Clocks
internal import Tensors

/// Trains a decoder's adapters, or all of its parameters.
///
/// The next state is a function of the state, the options and the examples. It depends on no clock, thread count or
/// earlier run, so interrupted training resumes and ends with the same bits.
///
/// ```swift
/// let trainer = try Trainer(options, decoder: decoder, examples: examples)
/// var state = trainer.initialState()
/// try trainer.train(&state) { print($0.step, $0.record.loss) }
/// let adapter = state.result(keepsBest: options.keepsBest)
/// ```
public struct Trainer: Sendable {
    /// The training options.
    public let options: TrainingOptions
    /// The decoder to train.
    public let decoder: Decoder
    /// The training examples.
    public let examples: [TrainingExample]
    /// The evaluation examples.
    public let evaluationExamples: [TrainingExample]

    /// A trainer from its parts.
    ///
    /// - Throws: `LanguageModelError` if an option is invalid, or there is nothing to learn from.
    public init(
        _ options: TrainingOptions, decoder: Decoder, examples: [TrainingExample],
        evaluationExamples: [TrainingExample] = []
    ) throws {
        try options.check()
        guard decoder.layout.count > 0 else {
            throw LanguageModelError("there are no parameters to train: set the adapter's targets")
        }
        for example in examples + evaluationExamples {
            guard !example.sequences.isEmpty, example.sequences.allSatisfy({ $0.count > 0 }),
                example.targetCount > 0
            else { throw LanguageModelError("an example has no tokens, or no targets") }
        }
        guard !examples.isEmpty else { throw LanguageModelError("there are no examples to learn from") }
        self.options = options
        self.decoder = decoder
        self.examples = examples
        self.evaluationExamples = evaluationExamples
    }

    /// The number of examples seen in total.
    private var exampleCount: Int { max(1, Int((options.epochs * Double(examples.count)).rounded())) }

    /// The number of steps.
    public var stepCount: Int {
        let steps = (exampleCount + options.examplesPerStep - 1) / options.examplesPerStep
        return min(steps, options.maximumSteps ?? steps)
    }

    /// The state before the first step.
    ///
    /// - Parameter parameters: the parameters to start from; nil for the decoder's random initialization.
    public func initialState(from parameters: ParameterVector? = nil) -> TrainingState {
        let start = parameters ?? decoder.initialParameters(seed: options.seed)
        precondition(start.layout == decoder.layout, "the start has the decoder's layout")
        return TrainingState(start, precision: options.optimizer.precision)
    }

    /// Takes the remaining steps.
    ///
    /// - Parameters:
    ///   - state: the current state, and the final one on return.
    ///   - observe: called after each step.
    ///   - save: called every `stepsPerSave` steps, before `observe`, with a function that returns the state, which takes
    ///     time if it is on a device.
    /// - Throws: what the decoder and both callbacks throw, and `LanguageModelError` if the loss is no longer finite.
    ///   The state is then that after the last complete step; if a device has failed, that before the call.
    public func train(
        _ state: inout TrainingState, observe: (TrainingProgress) throws -> Void = { _ in },
        save: (() throws -> TrainingState) throws -> Void = { _ in }
    ) throws {
        let resident = (decoder.operations as? any ResidentOperations).map { ResidentTraining(state, $0) }
        let before = resident == nil ? nil : state
        do {
            try train(&state, resident, observe: observe, save: save)
            try resident?.store(in: &state)
        } catch {
            // If the device is lost, so are the steps since the last state that was fetched.
            if let resident, let before, (try? resident.store(in: &state)) == nil { state = before }
            throw error
        }
    }

    private func train(
        _ state: inout TrainingState, _ resident: ResidentTraining?,
        observe: (TrainingProgress) throws -> Void, save: (() throws -> TrainingState) throws -> Void
    ) throws {
        let started = MonotonicClock.seconds()
        let first = state.step
        var tokens = 0
        var order = ExampleOrder(count: examples.count, seed: options.seed, shuffles: options.shuffles)
        while state.step < stepCount && !state.isStoppedEarly {
            let start = state.step * options.examplesPerStep
            let chosen = order.examples(at: start..<min(start + options.examplesPerStep, exampleCount))
            let record = try step(&state, resident, chosen.map { examples[$0] }, at: start)
            tokens += record.tokens
            let evaluation = try evaluateIfDue(&state, resident)
            if state.step.isMultiple(of: options.stepsPerSave) {
                try save {
                    try resident?.store(in: &state)
                    return state
                }
            }
            let seconds = max(MonotonicClock.seconds() - started, 1e-9)
            try observe(
                TrainingProgress(
                    step: state.step, stepCount: stepCount,
                    epoch: Double(start + chosen.count) / Double(examples.count), record: record,
                    evaluation: evaluation, tokensPerSecond: Double(tokens) / seconds,
                    remainingSeconds: seconds / Double(state.step - first) * Double(stepCount - state.step)))
        }
    }
}
