import Columns
import Comparisons
import ConversationKeys
import Digests
import Files
package import StageKit
package import StageSchemas
import Texts

/// Makes unlabeled comparisons from logs of conversations in which several models answered the same prompts.
package enum MinePairs: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The name of the source.")
        var source = "mined"

        @Setting("The language to keep; null keeps all.")
        var language: String? = "English"

        @Setting(2...1_000, "The minimum number of conversations in a group.")
        var minimumGroup = 2

        @Setting(2...1_000, "The maximum number of conversations in a group.")
        var maximumGroup = 36

        @Setting("Whether to exclude pairs of answers by the same model.")
        var differentModels = true

        @Setting("Whether to exclude pairs with a flagged side.")
        var goodModeration = true

        @Setting(
            1...1_000_000, "With verdicts: the number of pairs from which a group needs a positive verdict.")
        var askFrom = 5

        @Setting(
            1...1_000_000, "The maximum number of pairs per list of prompts, randomly drawn; null for all.")
        var maximumPairs: Int?

        @Setting("The random seed.")
        var seed = 42

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard minimumGroup <= maximumGroup else {
                throw $minimumGroup.problem("it is greater than maximumGroup")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "mine-pairs",
        summary: "Makes unlabeled comparisons from logs in which several models answered the same prompts.",
        discussion: """
            Reads conversations like `lmsys/lmsys-chat-1m`: `conversation_id`, `model`, `conversation` (a list of \
            messages), `language`, `openai_moderation`. Those in `language` that share at least one user message \
            with `prompts` are grouped by their whole list of prompts, across all files; a conversation whose model \
            gave the same answers before is excluded. In groups of `minimumGroup` to `maximumGroup`, every two \
            conversations form a pair, with the earlier one as A.

            Excluded are pairs of answers by the same model, pairs with a side whose first message was flagged by \
            moderation, and pairs whose set of strings equals that of a conversation in `without`. The rows are \
            unlabeled: they are meant for `pseudo-label`.

            An external judge can select prompts: `prompts` lists the groups with their prompts. If its `verdicts` \
            (`group`, `verdict`) are connected in a second run, groups of `askFrom` or more pairs are kept only if \
            the verdict is positive. Verdicts are matched by the group's name, which depends only on the prompts.

            The report counts every excluded conversation and pair. The stage fails if no conversation can be read, or if a \
            group has both a positive and a negative verdict.
            """,
        inputs: [
            InputPort("conversations", .many, "Logs of conversations: Parquet or Arrow."),
            InputPort(
                "prompts", .any,
                "Comparison tables with which conversations must share a prompt; without any, all conversations are used."
            ),
            InputPort(
                "without", .any,
                "Comparison tables whose conversations are excluded, such as a validation set."),
            InputPort("verdicts", .optional, "group and verdict from an external judge: Parquet or CSV."),
        ],
        outputs: [
            OutputPort(
                "rows", "rows.parquet",
                "The pairs, as unlabeled comparisons; `group` identifies the list of prompts."),
            OutputPort(
                "prompts", "prompts.parquet",
                "group, prompt, turns, conversations, pairs: one row per list of prompts."),
            OutputPort("report", "report.json", "Counts of what was read, grouped, paired and excluded."),
        ],
        parameters: Parameters.self)

    /// Reads the logs, and writes pairs, prompts and the report.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let wanted = try context.allInputs("prompts").map { try ComparisonTable.read($0.path) }
        let filter = ConversationFilter(
            language: parameters.language,
            prompts: wanted.isEmpty ? nil : ConversationFilter.prompts(of: wanted), threads: context.threads)
        var found = ConversationFilter.Found()
        for input in context.allInputs("conversations") {
            try filter.read(input.path, into: &found)
            context.progress(found.counts["read"] ?? 0, of: nil, "conversations")
        }
        let rejected = found.counts.filter { $0.key.beginsWith("rejected.") }
        if found.conversations.isEmpty, !rejected.isEmpty {
            let reasons = rejected.sorted { $0.key < $1.key }.map {
                "\($0.value) \(String($0.key.dropFirst("rejected.".count)))"
            }
            throw StageFailure(
                "conversations: none of the \(found.counts["read"] ?? 0) could be used: "
                    + reasons.joined(separator: ", ") + ". Are they lists of messages?")
        }
        var known = Set<Digest>()
        for input in context.allInputs("without") {
            known.formUnion(
                try ComparisonTable.read(input.path).keys(by: .conversation, threads: context.threads))
        }
        let mining = PairMining(
            groupSizes: parameters.minimumGroup...parameters.maximumGroup,
            needsDifferentModels: parameters.differentModels,
            needsGoodModeration: parameters.goodModeration, maximumPairs: parameters.maximumPairs,
            seed: parameters.seed)
        let (groups, dropped) = mining.groups(of: found.conversations, known: known)
        let verdicts = try context.optionalInput("verdicts").map { try PromptVerdicts($0) }
        var output = PairOutput(parameters.source, language: parameters.language)
        for group in groups {
            if let verdicts, group.pairs.count >= parameters.askFrom, verdicts[group.name] != true {
                output.leaveOut(group, verdicts[group.name] == nil ? "noVerdict" : "verdictNo")
            } else {
                output.add(group, mining.drawn(from: group))
            }
        }
        try output.write(rows: context.output("rows"), prompts: context.output("prompts"))
        let counts = found.counts.merging(dropped) { $0 + $1 }.merging(output.counts) { $0 + $1 }
        let report: Value = [
            "conversations": .integer(found.conversations.count), "groups": .integer(groups.count),
            "pairs": .integer(output.pairs), "counts": .map(counts.mapValues { .integer($0) }),
        ]
        try JSONFile.write(report, to: context.output("report"))
        context.metric("conversations", found.conversations.count)
        context.metric("groups", groups.count)
        context.metric("pairs", output.pairs)
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { context.metric(name, count) }
    }
}
