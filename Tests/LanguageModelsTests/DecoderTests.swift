import Checkpoints
import LanguageModels
import Tensors
import Testing

@Suite struct DecoderTests {
    private static let batch = TinyDecoder.batch

    static let kinds: [(String, Target.Kind)] = [
        ("token", .token(7)), ("smoothed token", .token(7, smoothing: 0.2)),
        ("hard option", .options([5, 9, 30], probabilities: [0, 1, 0])),
        ("soft options", .options([5, 9, 30], probabilities: [0.2, 0.5, 0.3], temperature: 1.5)),
        ("distribution", .distribution([5, 9], probabilities: [0.4, 0.6], temperature: 0.7)),
        ("classes", .classes(probabilities: [0.1, 0.2, 0.7], temperature: 2)),
    ]

    /// The slope of a loss along a direction is the gradient's share in it.
    private func expectSlope(
        _ decoder: Decoder, _ parameters: ParameterVector, _ targets: [Target], dropout: DropoutStep? = nil,
        _ label: Comment
    ) throws {
        var gradients = ParameterVector(zeros: decoder.layout)
        _ = try decoder.lossAndGradients(
            Self.batch, targets: targets, parameters: parameters, addingTo: &gradients, dropout: dropout)
        for seed in 1...3 as ClosedRange<UInt64> {
            let direction = TinyDecoder.numbers(parameters.numbers.count, seed: seed)
            let step: Float = 2e-3
            var losses: [Double] = []
            for sign in [step, -step] {
                var moved = parameters
                for index in direction.indices { moved.numbers[index] += sign * direction[index] }
                var ignored = ParameterVector(zeros: decoder.layout)
                losses.append(
                    try decoder.lossAndGradients(
                        Self.batch, targets: targets, parameters: moved, addingTo: &ignored, dropout: dropout
                    ).loss)
            }
            let slope = (losses[0] - losses[1]) / Double(2 * step)
            let expected = zip(gradients.numbers, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let size = gradients.numbers.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(slope - expected) < 0.01 * size + 1e-4, label)
            #expect(size > 1e-3, label)
        }
    }

    @Test(arguments: kinds)
    func gradientsMatchNumericalOnesForEachKindOfTarget(_ name: String, _ kind: Target.Kind) throws {
        let (decoder, parameters) = try TinyDecoder.adapted(classCount: 3)
        // Some positions, one of them twice.
        let targets = [(12, 1.0), (70, 0.5), (79, -0.25), (12, 2)].map {
            Target(position: $0.0, weight: $0.1, kind: kind)
        }
        try expectSlope(decoder, parameters, targets, "\(name)")
    }

    @Test(arguments: [false, true])
    func gradientsAreCorrectWithDropoutAndForAllFamilies(_ isDropping: Bool) throws {
        let dropout = isDropping ? DropoutStep(seed: 5, step: 9) : nil
        for family in [.gemma2, .llama, .qwen2, .phi3] as [ModelConfiguration.Family] {
            let (decoder, parameters) = try TinyDecoder.adapted(family, dropout: 0.3, areRounded: isDropping)
            let targets = [30, 79].map { Target(position: $0, kind: .token(7)) }
            try expectSlope(decoder, parameters, targets, dropout: dropout, "\(family)")
            let all = Self.batch.tokens.indices.map { Target(position: $0, weight: 0.1, kind: .token(7)) }
            try expectSlope(decoder, parameters, all, dropout: dropout, "\(family)")
        }
    }

    @Test func skippingPositionsInTheLastLayerChangesNothing() throws {
        for family in [.gemma2, .qwen2, .phi3] as [ModelConfiguration.Family] {
            let (decoder, parameters) = try TinyDecoder.adapted(family, dropout: 0.3)
            let few = [12, 79].map { Target(position: $0, kind: .token(7)) }
            let all = Self.batch.tokens.indices.map { Target(position: $0, weight: 0, kind: .token(7)) } + few
            let dropout = DropoutStep(seed: 5, step: 9)
            var gradients = ParameterVector(zeros: decoder.layout)
            var others = gradients
            let report = try decoder.lossAndGradients(
                Self.batch, targets: few, parameters: parameters, addingTo: &gradients, dropout: dropout)
            let other = try decoder.lossAndGradients(
                Self.batch, targets: all, parameters: parameters, addingTo: &others, dropout: dropout)
            #expect(abs(report.loss - other.loss) < 1e-5)
            let (difference, size) = distance(gradients.numbers, others.numbers)
            #expect(difference < 1e-5 * size)
        }
    }

    @Test func threadsDoNotChangeABitAndGradientsAccumulate() throws {
        let targets = [12, 79].map { Target(position: $0, kind: .token(7)) }
        var results: [ParameterVector] = []
        for threads in 1...3 {
            let (decoder, parameters) = try TinyDecoder.adapted(
                dropout: 0.1, areRounded: true, threads: threads)
            var gradients = ParameterVector(zeros: decoder.layout)
            for _ in 0..<2 {
                _ = try decoder.lossAndGradients(
                    Self.batch, targets: targets, parameters: parameters, addingTo: &gradients,
                    dropout: DropoutStep(seed: 1, step: 1))
            }
            results.append(gradients)
            if threads == 1 {
                var once = ParameterVector(zeros: decoder.layout)
                _ = try decoder.lossAndGradients(
                    Self.batch, targets: targets, parameters: parameters, addingTo: &once,
                    dropout: DropoutStep(seed: 1, step: 1))
                #expect(gradients.numbers == once.numbers.map { 2 * $0 })
            }
        }
        #expect(results[0] == results[1] && results[1] == results[2])
    }

    @Test func logitsAreTheSameInABatchAndAlone() throws {
        let (decoder, parameters) = try TinyDecoder.adapted()
        let together = try decoder.logits(
            Self.batch, at: Self.batch.lastPositions, parameters: parameters)
        for sequence in 0..<Self.batch.count {
            let range = Self.batch.positions(of: sequence)
            let alone = SequenceBatch([Array(Self.batch.tokens[range])])
            let logits = try decoder.logits(alone, at: alone.lastPositions, parameters: parameters)
            #expect(distance(together[sequence], logits[0]).difference < 1e-5)
        }
    }

    @Test func logitsAreTheHeadsProductsWithTheStates() throws {
        let configuration = TinyDecoder.configuration(.llama)
        var head = Matrix(rows: 0, columns: 0)
        var seed: UInt64 = 0
        let weights = try DecoderWeights(configuration) { tensor in
            seed += 1
            let matrix = Matrix(
                rows: tensor.rowCount, columns: tensor.columnCount,
                TinyDecoder.numbers(tensor.rowCount * tensor.columnCount, seed: seed, size: 0.4))
            if tensor.name == "lm_head.weight" { head = matrix }
            return WeightMatrix(matrix)
        }
        let decoder = try Decoder(configuration, weights: weights)
        let positions = [0, 2, Self.batch.tokens.count - 1]
        let states = try decoder.states(Self.batch, at: positions, parameters: nil)
        let logits = try decoder.logits(Self.batch, at: positions)
        #expect(states.columnCount == configuration.hiddenSize && head.rowCount == 40)
        for row in 0..<3 {
            let products = (0..<head.rowCount).map { token in
                zip(head[token], states[row]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            }
            #expect(zip(products, logits[row]).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test func aSharedPrefixIsComputedOnce() throws {
        for family in [.gemma2, .phi3] as [ModelConfiguration.Family] {
            let (decoder, parameters) = try TinyDecoder.adapted(family, classCount: 3)
            for count in [1, 5, 66] {
                let start = TinyDecoder.numbers(count, seed: 8).map { Int(($0 + 1) * 19) }
                let whole = SequenceBatch(
                    (0..<Self.batch.count).map { start + Self.batch.tokens[Self.batch.positions(of: $0)] })
                let prefix = try decoder.prefix(start, parameters: parameters)
                // The last positions, and one in the middle of the first sequence.
                let logits = try decoder.logits(
                    Self.batch, at: Self.batch.lastPositions + [40], parameters: parameters, after: prefix)
                let expected = try decoder.logits(
                    whole, at: whole.lastPositions + [40 + count], parameters: parameters)
                #expect(distance(logits.numbers, expected.numbers).difference < 1e-5)
                let classes = try decoder.classLogits(Self.batch, parameters: parameters, after: prefix)
                let expectedClasses = try decoder.classLogits(whole, parameters: parameters)
                #expect(distance(classes.numbers, expectedClasses.numbers).difference < 1e-5)
            }
        }
    }

    @Test func lossesWithoutGradientsMatchAndZeroAdaptersChangeNothing() throws {
        let (decoder, parameters) = try TinyDecoder.adapted()
        let targets = [12, 79].map { Target(position: $0, kind: .token(7, smoothing: 0.1)) }
        var gradients = ParameterVector(zeros: decoder.layout)
        let report = try decoder.lossAndGradients(
            Self.batch, targets: targets, parameters: parameters, addingTo: &gradients)
        #expect(try decoder.loss(Self.batch, targets: targets, parameters: parameters) == report)
        let start = decoder.initialParameters(seed: 3)
        #expect(start == decoder.initialParameters(seed: 3) && start != decoder.initialParameters(seed: 4))
        #expect(
            try decoder.loss(Self.batch, targets: targets, parameters: start)
                == decoder.loss(Self.batch, targets: targets))
    }

    @Test func reportsTokensPositionsAndHeadsThatDoNotExist() throws {
        let (decoder, parameters) = try TinyDecoder.adapted()
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        let batch = Self.batch
        func loss(_ position: Int, _ kind: Target.Kind, weight: Double = 1) -> String {
            message {
                _ = try decoder.loss(
                    batch, targets: [Target(position: position, weight: weight, kind: kind)],
                    parameters: parameters)
            }
        }
        #expect(loss(80, .token(1)) == "position 80 is outside the batch of 80 tokens")
        #expect(loss(0, .token(40)) == "target token 40 is not in the model's vocabulary of 40")
        #expect(loss(0, .options([1, 1], probabilities: [0, 1])).hasSuffix("but they are [1, 1]"))
        #expect(
            loss(0, .classes(probabilities: [1])) == "a target has 1 classes, but the adapter's head has 0")
        #expect(loss(0, .token(1), weight: .nan).hasPrefix("a target needs a finite weight"))
        #expect(
            message { _ = try decoder.logits(SequenceBatch([[40]]), at: [0]) }
                == "token 40 is not in the model's vocabulary of 40; does the tokenizer belong to the checkpoint?"
        )
        #expect(
            message { _ = try decoder.logits(SequenceBatch([Array(repeating: 1, count: 301)]), at: [0]) }
                == "a sequence has 301 tokens, but the model supports 300; truncate it")
        #expect(
            message { _ = try decoder.classLogits(batch, parameters: parameters) }
                == "the adapter has no classification head")
        let other = ParameterVector(zeros: ParameterLayout())
        #expect(
            message { _ = try decoder.loss(batch, targets: [], parameters: other) }
                == "the parameters do not have this model's layout")
    }
}
