internal import Clocks

/// Trains a decoder's adapters, or all of its numbers.
///
/// The next state is a function of the state, the options and the examples: no clock, no thread count and no earlier run
/// goes into it, so that a training that was cut off and goes on ends with the same bits.
///
/// ```swift
/// let trainer = try Trainer(options, decoder: decoder, examples: examples)
/// var state = trainer.initialState()
/// try trainer.train(&state) { print($0.step, $0.record.loss) }
/// let adapter = state.result(keepsBest: options.keepsBest)
/// ```
public struct Trainer: Sendable {
    /// How it trains.
    public let options: TrainingOptions
    /// What it trains.
    public let decoder: Decoder
    /// What the model learns from.
    public let examples: [TrainingExample]
    /// What it is evaluated on.
    public let evaluationExamples: [TrainingExample]

    /// A trainer of its parts.
    ///
    /// - Throws: `LanguageModelError` where an option makes no sense, or there is nothing to learn from.
    public init(
        _ options: TrainingOptions, decoder: Decoder, examples: [TrainingExample],
        evaluationExamples: [TrainingExample] = []
    ) throws {
        try options.check()
        guard decoder.layout.count > 0 else {
            throw LanguageModelError("the model has nothing to train: name an adapter's targets")
        }
        for example in examples + evaluationExamples {
            guard !example.sequences.isEmpty, example.sequences.allSatisfy({ $0.count > 0 }),
                example.targetCount > 0
            else { throw LanguageModelError("an example has no tokens, or nothing to learn") }
        }
        guard !examples.isEmpty else { throw LanguageModelError("there are no examples to learn from") }
        self.options = options
        self.decoder = decoder
        self.examples = examples
        self.evaluationExamples = evaluationExamples
    }

    /// How many examples are seen in all.
    private var exampleCount: Int { max(1, Int((options.epochs * Double(examples.count)).rounded())) }

    /// How many steps there are.
    public var stepCount: Int {
        let steps = (exampleCount + options.examplesPerStep - 1) / options.examplesPerStep
        return min(steps, options.maximumSteps ?? steps)
    }

    /// The state before the first step.
    ///
    /// - Parameter parameters: what to start from; nil for the decoder's random start.
    public func initialState(from parameters: ParameterVector? = nil) -> TrainingState {
        let start = parameters ?? decoder.initialParameters(seed: options.seed)
        precondition(start.layout == decoder.layout, "the start has the decoder's layout")
        return TrainingState(start, precision: options.optimizer.precision)
    }

    /// Takes the steps that are left.
    ///
    /// - Parameters:
    ///   - state: where the training is, and then where it ended.
    ///   - observe: called after each step.
    ///   - save: called with the state every `stepsPerSave` steps, before `observe`.
    /// - Throws: what the decoder and both callbacks throw, and `LanguageModelError` where the loss is no number any more.
    ///   The state is then that after the last whole step.
    public func train(
        _ state: inout TrainingState, observe: (TrainingProgress) throws -> Void = { _ in },
        save: (TrainingState) throws -> Void = { _ in }
    ) throws {
        let started = MonotonicClock.seconds()
        let first = state.step
        var tokens = 0
        var order = ExampleOrder(count: examples.count, seed: options.seed, shuffles: options.shuffles)
        while state.step < stepCount && !state.isStoppedEarly {
            let start = state.step * options.examplesPerStep
            let chosen = order.examples(at: start..<min(start + options.examplesPerStep, exampleCount))
            let record = try step(&state, chosen.map { examples[$0] }, at: start)
            tokens += record.tokens
            let evaluation = try evaluateIfDue(&state)
            if state.step.isMultiple(of: options.stepsPerSave) { try save(state) }
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
