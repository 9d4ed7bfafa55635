import Files
import Parallelism
package import StageKit
package import StageSchemas

/// Generates comparisons from a known preference model, in the same file formats as real ones.
package enum SampleComparisons: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(1...10_000_000, "The number of rows in train.")
        var rows = 4_000

        @Setting(0...10_000_000, "The number of rows in extra.")
        var extraRows = 800

        @Setting(0...10_000_000, "The number of rows in test.")
        var testRows = 500

        @Setting("The random seed.")
        var seed = 42

        @Setting(0.01...0.9, "The share of ties.")
        var tieShare = 0.31

        @Setting(0...1_000, "The weight of the share of liked words.")
        var quality = 16.0

        @Setting(0...100, "The weight of the length.")
        var length = 0.7

        @Setting(1...100_000, "The mean number of words per response.")
        var meanTurnWords = 60

        @Setting(1...100, "The maximum number of turns.")
        var maximumTurns = 6

        @Setting(0...0.9, "The share of train that repeats earlier rows of train.")
        var duplicateShare = 0.02

        @Setting(0...0.9, "The share of extra that repeats rows of train.")
        var overlapShare = 0.25

        @Setting(0...0.4, "The share of responses that are null; as many are empty.")
        var nullShare = 0.004

        @Setting(
            "Whether texts contain unpaired surrogates and control characters, which some JSON parsers reject."
        )
        var oddCharacters = true

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "sample-comparisons", summary: "Generates comparisons from a known preference model.",
        discussion: """
            Writes what participants of the competition had: `train` and `test` in the format of its CSV files, \
            `extra` with the nested columns of `lmsys/chatbot_arena_conversations`. Conversations have one or more \
            turns, in five scripts, with emoji, line breaks, quotes, escapes, control characters, unpaired \
            surrogates (as escapes), nulls and empty texts. Some rows repeat an earlier conversation, half of them \
            with swapped sides, and some rows of `extra` repeat `train`.

            **The known model.** Words are neutral, liked or disliked. A response's share is (liked − disliked) ÷ \
            words, and *z* = `quality` × (share of A − share of B) + `length` × (ln(1 + words of A) − ln(1 + words \
            of B)). The probabilities of A, B and tie are proportional to e^(z/2) : e^(−z/2) : e^t, with *t* such \
            that the share of ties is `tieShare` (Davidson's model). Better models use liked words more often. \
            Everything that matters is in the text, so a model of the text can approach the lowest possible log \
            loss. The report gives it: `expected` is the mean entropy of these probabilities, `realised` their log \
            loss on the actual votes.

            Random numbers come from SplitMix64 with one stream per row: a row does not depend on the number of rows \
            or threads. `rows: 57477, meanTurnWords: 100` generates about 180 MB, as much as the competition's file.
            """,
        inputs: [],
        outputs: [
            OutputPort("train", "train.csv", "Labeled rows, in the format of the competition's train.csv."),
            OutputPort(
                "extra", "extra.parquet", "Labeled rows, in the format of chatbot_arena_conversations."),
            OutputPort("test", "test.csv", "Unlabeled rows, in the format of the competition's test.csv."),
            OutputPort("report", "report.json", "Counts, and the lowest achievable log loss."),
        ],
        parameters: Parameters.self)

    /// Writes the three files and the report.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let sampler = ConversationSampler(
            seed: parameters.seed, meanTurnWords: parameters.meanTurnWords,
            maximumTurns: parameters.maximumTurns, nullShare: parameters.nullShare,
            hasOddCharacters: parameters.oddCharacters)
        let model = try calibrated(sampler, parameters, threads: context.threads)
        func rows(_ part: SampleRows.Part, _ count: Int, _ share: Double) -> SampleRows {
            SampleRows(
                part: part, count: count, trainCount: parameters.rows, sampler: sampler, model: model,
                duplicateShare: share, trainDuplicateShare: parameters.duplicateShare)
        }
        let total = parameters.rows + parameters.extraRows + parameters.testRows
        let train = try KaggleFile(
            rows: rows(.train, parameters.rows, parameters.duplicateShare), isLabelled: true
        )
        .write(to: context.output("train"), threads: context.threads) {
            context.progress($0, of: total)
        }
        let extra = try ArenaFile(rows: rows(.extra, parameters.extraRows, parameters.overlapShare))
            .write(to: context.output("extra"), threads: context.threads)
        let test = try KaggleFile(rows: rows(.test, parameters.testRows, 0), isLabelled: false)
            .write(to: context.output("test"), threads: context.threads) { _ in }
        let report: Value = [
            "seed": .integer(parameters.seed), "train": train.report(isLabelled: true),
            "extra": extra.report(isLabelled: true), "test": test.report(isLabelled: false),
            "model": [
                "quality": .number(parameters.quality), "length": .number(parameters.length),
                "tieLogit": .number((model.tie * 1e6).rounded() / 1e6),
            ],
        ]
        try JSONFile.write(report, to: context.output("report"))
        context.metric("rows", train.rows + extra.rows + test.rows)
        context.metric("bestLogLossExpected", train.expectedLogLoss)
        context.metric("bestLogLossRealised", train.realisedLogLoss)
        context.metric("priorLogLoss", train.priorLogLoss)
    }

    /// The model whose tie logit gives the requested share, over conversations that no file contains.
    private static func calibrated(
        _ sampler: ConversationSampler, _ parameters: Parameters, threads: Int
    ) throws -> PreferenceModel {
        let judge = PreferenceModel(quality: parameters.quality, length: parameters.length, tie: 0)
        let scores = try Parallel.map(count: 1_024, threads: threads) { index in
            let conversation = sampler.conversation((1 << 43) + index)
            return judge.score(conversation.impressionA, conversation.impressionB)
        }
        return .calibrated(
            scores: scores, quality: parameters.quality, length: parameters.length,
            tieShare: parameters.tieShare)
    }
}
