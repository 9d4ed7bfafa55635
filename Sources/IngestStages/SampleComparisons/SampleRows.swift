import Comparisons
import Randomness

/// The rows of a generated file: each has a conversation, new or repeated from the training file, and a vote.
struct SampleRows: Sendable {
    /// The file.
    enum Part: Int, Sendable {
        case train, extra, test
    }

    /// One row.
    struct Row: Sendable {
        /// The conversation as shown in this row.
        var conversation: SampleConversation
        /// The probabilities of A, B and tie from which the vote is drawn.
        var probabilities: [Double]
        /// The vote.
        var label: ComparisonLabel
        /// Whether an earlier row of the training file has the same conversation.
        var isDuplicate: Bool
        /// Whether the two threads are exchanged.
        var isSwapped: Bool
    }

    let part: Part
    let count: Int
    let trainCount: Int
    let sampler: ConversationSampler
    let model: PreferenceModel
    /// The share of rows that repeat one of the training file.
    let duplicateShare: Double
    /// That share for the training file itself.
    let trainDuplicateShare: Double

    // Disjoint random streams of the same seed: conversations, plans and votes of each part.
    private static let planStreams = 1 << 44
    private static let voteStreams = 1 << 45
    private static let identifierStreams = 1 << 46
    private var base: Int { part.rawValue << 40 }

    /// The row with an index.
    func row(_ index: Int) -> Row {
        let plan = plan(index)
        var conversation = sampler.conversation(plan.number)
        if plan.isSwapped { conversation = conversation.swapped }
        let score = model.score(conversation.impressionA, conversation.impressionB)
        let probabilities = model.probabilities(score: score)
        var random = SeededGenerator(seed: sampler.seed, stream: Self.voteStreams + base + index)
        let draw = random.uniform()
        let label: ComparisonLabel =
            draw < probabilities[0] ? .a : draw < probabilities[0] + probabilities[1] ? .b : .tie
        return Row(
            conversation: conversation, probabilities: probabilities, label: label,
            isDuplicate: plan.number != base + index, isSwapped: plan.isSwapped)
    }

    /// Random bits for the row's id.
    func identifier(_ index: Int) -> SeededGenerator {
        SeededGenerator(seed: sampler.seed, stream: Self.identifierStreams + base + index)
    }

    /// Which conversation a row shows, and in which orientation.
    private func plan(_ index: Int) -> (number: Int, isSwapped: Bool) {
        var random = SeededGenerator(seed: sampler.seed, stream: Self.planStreams + base + index)
        let earlier = part == .train ? index : trainCount
        guard part != .test, earlier > 0, random.chance(duplicateShare) else { return (base + index, false) }
        let train = SampleRows(
            part: .train, count: trainCount, trainCount: trainCount, sampler: sampler, model: model,
            duplicateShare: trainDuplicateShare, trainDuplicateShare: trainDuplicateShare)
        let target = random.integer(below: earlier)
        let isSwapped = random.chance(0.5)
        // The earlier row may itself be a repetition; then its conversation is repeated.
        let original = train.plan(target)
        return (original.number, original.isSwapped != isSwapped)
    }
}
