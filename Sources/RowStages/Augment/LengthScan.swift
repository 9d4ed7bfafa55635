import Comparisons
import Files
import Parallelism
import StageKit
import Tokenizers

/// Finds the rows whose labels go against the lengths of their responses.
struct LengthScan: Sendable {
    /// The result for each row.
    let isAgainstLength: [Bool]

    private static let chunk = 1_024

    /// Measures the responses of all rows.
    ///
    /// - Throws: if tokens are to be counted, but there is no tokenizer or it cannot be read.
    init(
        _ table: ComparisonTable, _ unit: LengthRule.Unit, _ rule: LengthRule, tokenizer path: FilePath?,
        threads: Int
    ) throws {
        var tokenizer: Tokenizer?
        if unit == .tokens {
            guard let path else { throw StageFailure("there is no tokenizer") }
            tokenizer = try Tokenizer(contentsOf: path)
        }
        let count: @Sendable (ArraySlice<UInt8>) throws -> Int
        switch unit {
        case .words: count = { LengthRule.words($0) }
        case .characters: count = { LengthRule.characters($0) }
        case .tokens:
            let encoder = tokenizer
            count = { text in
                try encoder?.encode(
                    bytes: Array(text), EncodingOptions(addsSpecialTokens: false, specialTokens: .asText)
                ).count ?? 0
            }
        }
        let chunks = (table.count + Self.chunk - 1) / Self.chunk
        isAgainstLength = try Parallel.map(count: chunks, threads: threads) { index in
            try (index * Self.chunk..<min(table.count, (index + 1) * Self.chunk)).map { row in
                func length(_ lists: StringLists) throws -> Int {
                    try lists.elements(ofRow: row).reduce(0) { sum, element in
                        try sum + (lists.utf8(element).map { try count($0) } ?? 0)
                    }
                }
                guard let label = table.label(row) else { return false }
                return rule.isAgainstLength(
                    label, a: try length(table.responseA), b: try length(table.responseB))
            }
        }.flatMap { $0 }
    }
}
