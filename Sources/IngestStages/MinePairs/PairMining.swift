import ConversationKeys
import Digests
import Randomness

/// Makes comparisons from conversations with the same list of prompts.
struct PairMining: Sendable {
    /// The allowed number of conversations in a group.
    let groupSizes: ClosedRange<Int>
    /// Whether pairs of answers by the same model are excluded.
    let needsDifferentModels: Bool
    /// Whether pairs with a flagged side are excluded.
    let needsGoodModeration: Bool
    /// The maximum number of pairs per list of prompts; nil for all.
    let maximumPairs: Int?
    /// The random seed for choosing among a group's pairs.
    let seed: Int

    /// Conversations with the same prompts.
    struct Group: Sendable {
        /// Identifies the list of prompts.
        var key: Digest
        /// The conversations, in the order of the files.
        var conversations: [MinedConversation] = []
        /// The remaining pairs, by index, the first before the second.
        var pairs: [(first: Int, second: Int)] = []

        /// The group's name: the first 32 digits of its key.
        var name: String { String(key.hexadecimal.prefix(32)) }
    }

    /// The groups with pairs, by first appearance, and counts of what was excluded.
    ///
    /// - Parameter known: the keys of conversations that must not become pairs.
    func groups(
        of conversations: [MinedConversation], known: Set<Digest>
    ) -> (groups: [Group], counts: [String: Int]) {
        var counts: [String: Int] = [:]
        var places: [Digest: Int] = [:]
        var groups: [Group] = []
        var answers: [Set<Digest>] = []
        for conversation in conversations {
            let key = conversation.promptKey
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(Group(key: key))
                answers.append([])
            }
            // The same answer by the same model does not make a new pair.
            guard answers[place].insert(conversation.answerKey).inserted else {
                counts["sameModelAndAnswers", default: 0] += 1
                continue
            }
            groups[place].conversations.append(conversation)
        }
        var kept: [Group] = []
        for var group in groups {
            let size = group.conversations.count
            guard groupSizes.contains(size) else {
                counts[size < groupSizes.lowerBound ? "groupTooSmall" : "groupTooLarge", default: 0] += 1
                continue
            }
            for second in 1..<max(1, size) {
                for first in 0..<second {
                    if let reason = reason(against: group, first, second, known) {
                        counts[reason, default: 0] += 1
                    } else {
                        group.pairs.append((first, second))
                    }
                }
            }
            group.pairs.sort { ($0.first, $0.second) < ($1.first, $1.second) }
            if !group.pairs.isEmpty { kept.append(group) }
        }
        return (kept, counts)
    }

    /// At most `maximumPairs` of a group's pairs, drawn by the seed and the group's key, in order.
    func drawn(from group: Group) -> [(first: Int, second: Int)] {
        guard let maximumPairs, group.pairs.count > maximumPairs else { return group.pairs }
        var stream = 0
        for byte in group.key.bytes.prefix(8) { stream = stream << 8 | Int(byte) }
        var random = SeededGenerator(seed: seed, stream: stream)
        var order = Array(group.pairs.indices)
        random.shuffle(&order)
        return order.prefix(maximumPairs).sorted().map { group.pairs[$0] }
    }

    private func reason(
        against group: Group, _ first: Int, _ second: Int, _ known: Set<Digest>
    ) -> String? {
        let (a, b) = (group.conversations[first], group.conversations[second])
        if needsDifferentModels && a.model == b.model { return "sameModel" }
        if needsGoodModeration && (a.flag != nil || b.flag != nil) { return "flagged" }
        guard !known.isEmpty else { return nil }
        var key = ConversationKey()
        for texts in [a.prompts, a.responses, b.responses] {
            for text in texts { key.add(text) }
        }
        return known.contains(key.setDigest()) ? "known" : nil
    }
}
