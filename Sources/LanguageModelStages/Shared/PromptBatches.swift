import LanguageModels
import StageKit
import StageSchemas

/// How prompts are cut into batches.
enum PromptBatches: Sendable {
    /// The settings of a stage that batches prompts.
    struct Settings: SettingRecord {
        @Setting(
            1...1_048_576, "The number of tokens processed at a time; only affects memory and speed.")
        var tokensPerBatch = 8_192
    }

    /// The common prefix of all prompts, computed once, if it is long enough to be useful: in most templates, the instruction.
    static func prefix(
        of prompts: [[Int]], _ decoder: Decoder, _ parameters: PlacedParameters?
    ) throws -> DecoderPrefix? {
        let shared = sharedTokens(prompts)
        return prompts.count > 1 && shared.count >= 8
            ? try decoder.prefix(shared, parameters: parameters) : nil
    }

    /// The tokens that all prompts begin with, leaving at least one token of each.
    static func sharedTokens(_ prompts: [[Int]]) -> [Int] {
        guard let first = prompts.first else { return [] }
        var count = first.count
        for prompt in prompts {
            var common = 0
            while common < min(count, prompt.count - 1) && prompt[common] == first[common] { common += 1 }
            count = common
        }
        return Array(first.prefix(count))
    }

    /// The rows in batches of at most `tokens` tokens, longest first, so that the rows of a batch have similar lengths.
    static func batches(_ rows: [Int], tokens: Int, length: (Int) -> Int) -> [[Int]] {
        let sorted = rows.sorted { (-length($0), $0) < (-length($1), $1) }
        var batches: [[Int]] = []
        var room = 0
        for row in sorted {
            if batches.isEmpty || length(row) > room {
                batches.append([])
                room = tokens
            }
            batches[batches.count - 1].append(row)
            room -= length(row)
        }
        return batches
    }
}
