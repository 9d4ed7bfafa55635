import Randomness

/// Generates conversations: conversation `n` is the same whenever and wherever it is generated.
struct ConversationSampler: Sendable {
    /// The random seed.
    let seed: Int
    /// The mean number of words of a response in one turn.
    let meanTurnWords: Int
    /// The maximum number of turns.
    let maximumTurns: Int
    /// The share of turns with a null response, and with an empty one.
    let nullShare: Double
    /// Whether texts contain unpaired surrogates and control characters.
    let hasOddCharacters: Bool

    private static let models: [(name: String, strength: Double)] = [
        ("amber-70b", 0.6), ("birch-chat", 0.45), ("cobalt-34b", 0.35), ("dune-13b", 0.2),
        ("ember-mini", 0.1),
        ("fjord-7b", 0), ("granite-tiny", -0.1), ("heron-13b", -0.2), ("iris-6b", -0.3), ("jasper-3b", -0.4),
        ("kelp-1b", -0.5), ("lotus-base", -0.6),
    ]

    /// The conversation with a number.
    func conversation(_ number: Int) -> SampleConversation {
        var random = SeededGenerator(seed: seed, stream: number)
        let vocabulary = language(&random)
        let first = random.integer(below: Self.models.count)
        let second = (first + 1 + random.integer(below: Self.models.count - 1)) % Self.models.count
        var result = SampleConversation(
            language: vocabulary.language, modelA: Self.models[first].name,
            modelB: Self.models[second].name)
        let qualityA = quality(Self.models[first].strength, &random)
        let qualityB = quality(Self.models[second].strength, &random)
        var turns = 1
        while turns < maximumTurns && random.chance(0.22) { turns += 1 }
        for _ in 0..<turns {
            var ignored = PreferenceModel.Impression()
            let promptWords = words(mean: 4 + meanTurnWords / 8, &random)
            result.prompt.append(
                text(vocabulary, words: promptWords, quality: nil, impression: &ignored, &random))
            result.responseA.append(response(vocabulary, qualityA, &result.impressionA, &random))
            result.responseB.append(response(vocabulary, qualityB, &result.impressionB, &random))
        }
        return result
    }

    private func language(_ random: inout SeededGenerator) -> Vocabulary {
        var draw = random.integer(below: 1000)
        for vocabulary in Vocabulary.all {
            if draw < vocabulary.share { return vocabulary }
            draw -= vocabulary.share
        }
        return Vocabulary.all[0]
    }

    private func quality(_ strength: Double, _ random: inout SeededGenerator) -> Double {
        min(1, max(-1, strength + 0.45 * random.normal()))
    }

    /// A number of words: usually below the mean, sometimes more than twice as many.
    private func words(mean: Int, _ random: inout SeededGenerator) -> Int {
        let draw = random.uniform()
        return 1 + Int(Double(mean) * (0.3 + 2.1 * draw * draw))
    }

    private func response(
        _ vocabulary: Vocabulary, _ quality: Double, _ impression: inout PreferenceModel.Impression,
        _ random: inout SeededGenerator
    ) -> [UInt8]? {
        let draw = random.uniform()
        if draw < nullShare { return nil }
        if draw < 2 * nullShare { return [] }
        return text(
            vocabulary, words: words(mean: meanTurnWords, &random), quality: quality, impression: &impression,
            &random)
    }

    /// Sentences; with a quality, a fifth of the words are liked or disliked ones.
    private func text(
        _ vocabulary: Vocabulary, words: Int, quality: Double?, impression: inout PreferenceModel.Impression,
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(words * 9)
        var left = 0
        for index in 0..<words {
            let isFirst = left == 0
            if isFirst {
                if index > 0 { appendBreak(vocabulary, to: &text, &random) }
                left = 5 + random.integer(below: 10)
            } else {
                text += vocabulary.space
            }
            let start = text.count
            text += word(vocabulary, quality, &impression, &random)
            if isFirst, text[start] >= 0x61 && text[start] <= 0x7A { text[start] -= 0x20 }
            impression.words += 1
            left -= 1
        }
        text += quality == nil ? Array("?".utf8) : vocabulary.stop
        return text
    }

    private func word(
        _ vocabulary: Vocabulary, _ quality: Double?, _ impression: inout PreferenceModel.Impression,
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        if let quality, random.chance(0.2) {
            if random.chance((1 + quality) / 2) {
                impression.liked += 1
                return vocabulary.good[random.integer(below: vocabulary.good.count)]
            }
            impression.disliked += 1
            return vocabulary.bad[random.integer(below: vocabulary.bad.count)]
        }
        return vocabulary.plain[random.integer(below: vocabulary.plain.count)]
    }

    /// Ends a sentence, occasionally with text that is hard to quote.
    private func appendBreak(
        _ vocabulary: Vocabulary, to text: inout [UInt8], _ random: inout SeededGenerator
    ) {
        text += vocabulary.stop
        switch random.integer(below: 100) {
        case 0..<10: text += Array("\n\n".utf8)
        case 10..<14: text += Array("\n- ".utf8)
        case 14..<16: text += Array(" \"so to speak\", ".utf8)
        case 16..<18: text += Array(" C:\\new\\table, and/or ".utf8)
        case 18..<20: text += Array(" <b>1,5</b>\t".utf8)
        case 20..<23:
            text += [0x20] + Vocabulary.emoji[random.integer(below: Vocabulary.emoji.count)] + [0x20]
        case 23 where hasOddCharacters && random.chance(0.05):
            // Half of a surrogate pair, U+D83D.
            text += [0xED, 0xA0, 0xBD]
        case 24 where hasOddCharacters && random.chance(0.05): text += [0x00, 0x07]
        default: text += vocabulary.space
        }
    }
}
