import Testing

@testable import LanguageModels

@Suite struct LossOptionsTests {
    private func loss(_ scope: LossOptions.Scope, smoothing: Double = 0) -> LossOptions {
        LossOptions(scope: scope, options: [10, 11, 12], endToken: 2, smoothing: smoothing)
    }

    @Test func theLossCoversTheRequestedScope() throws {
        let prompt = [1, 5, 6]
        let full = try loss(.labelAndEnd).sequence(prompt: prompt, label: 1)
        #expect(full.tokens == [1, 5, 6, 11])
        #expect(
            full.targets == [Target(position: 2, kind: .token(11)), Target(position: 3, kind: .token(2))])
        let label = try loss(.label, smoothing: 0.1).sequence(prompt: prompt, label: 1)
        #expect(label.tokens == prompt)
        #expect(label.targets == [Target(position: 2, kind: .token(11, smoothing: 0.1))])
        let options = try loss(.options).sequence(prompt: prompt, label: 2)
        #expect(
            options.targets == [Target(position: 2, kind: .options([10, 11, 12], probabilities: [0, 0, 1]))])
        let all = try loss(.allTokens).sequence(prompt: prompt, label: 0)
        #expect(all.tokens == [1, 5, 6, 10])
        #expect(all.targets.map(\.position) == [0, 1, 2, 3])
        #expect(all.targets.map(\.kind) == [.token(5), .token(6), .token(10), .token(2)])
        let classes = try loss(.classes).sequence(prompt: prompt, label: 0)
        #expect(classes.tokens == prompt)
        #expect(classes.targets == [Target(position: 2, kind: .classes(probabilities: [1, 0, 0]))])
    }

    @Test func teacherProbabilitiesAreTemperedAndMixedWithTheLabel() throws {
        var mixed = loss(.options)
        mixed.softShare = 0.75
        mixed.temperature = 2
        let sequence = try mixed.sequence(prompt: [1], label: 0, probabilities: [0.64, 0.32, 0.04])
        #expect(sequence.targets.count == 2 && TrainingExample([sequence]).targetCount == 1)
        #expect(sequence.targets.map(\.weight) == [0.25, 3])
        guard case .options(_, let tempered, let temperature) = sequence.targets[1].kind else {
            Issue.record("a soft target is over the options")
            return
        }
        // √0.64 : √0.32 : √0.04
        let roots = [0.8, 0.565_685_424_949, 0.2]
        for (number, root) in zip(tempered, roots) { #expect(abs(number - root / 1.565_685_424_949) < 1e-9) }
        #expect(temperature == 2)
        // Without a label the teacher has all of it.
        let soft = try mixed.sequence(prompt: [1], label: nil, probabilities: [0.2, 0.2, 0.6])
        #expect(soft.targets.map(\.weight) == [4])
        let pseudo = try loss(.labelAndEnd).sequence(prompt: [1], label: nil, probabilities: [0.2, 0.2, 0.6])
        #expect(pseudo.tokens == [1, 12])
    }

    @Test func smoothingIsSpreadOverTheOptions() throws {
        let sequence = try loss(.options, smoothing: 0.3).sequence(prompt: [1], label: 1)
        guard case .options(_, let probabilities, _) = sequence.targets[0].kind else {
            Issue.record("the target is over the options")
            return
        }
        for (number, expected) in zip(probabilities, [0.1, 0.8, 0.1]) {
            #expect(abs(number - expected) < 1e-12)
        }
    }

    @Test func rejectsInvalidRows() {
        let loss = loss(.labelAndEnd)
        #expect(throws: LanguageModelError.self) { try loss.sequence(prompt: [], label: 0) }
        #expect(throws: LanguageModelError.self) { try loss.sequence(prompt: [1], label: 3) }
        #expect(throws: LanguageModelError.self) { try loss.sequence(prompt: [1], label: nil) }
        for bad in [[0.5, 0.5], [0.5, 0.6, 0.5], [-0.5, 1, 0.5], [.nan, 0.5, 0.5]] {
            #expect(throws: LanguageModelError.self) {
                try loss.sequence(prompt: [1], label: nil, probabilities: bad)
            }
        }
    }
}
