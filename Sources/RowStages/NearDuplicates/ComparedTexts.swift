import Comparisons
import StageKit

/// The texts by which rows are compared.
struct ComparedTexts: Sendable {
    /// The part of a row that is compared.
    enum Part: String, SettingChoice {
        /// All prompts.
        case prompt
        /// All prompts and both threads of responses.
        case conversation
        /// Both threads of responses.
        case responses
    }

    /// The rows.
    let table: ComparisonTable
    /// The part that is compared.
    let part: Part

    /// The number of rows.
    var count: Int { table.count }

    /// Appends the hashes of a row's shingles, treating all strings alike, so that the order of sides and turns does
    /// not matter.
    ///
    /// - Returns: two sums of hashes of whole strings: equal for rows with the same strings; both 0 for a row with
    ///   nothing to compare.
    func append(
        row: Int, _ shingles: Shingles, to hashes: inout [UInt64], _ scratch: inout Shingles.Scratch
    ) -> Fingerprint {
        var fingerprint = Fingerprint()
        if part != .responses {
            add(table.prompt, row, shingles, &hashes, &scratch, &fingerprint)
        }
        if part != .prompt {
            add(table.responseA, row, shingles, &hashes, &scratch, &fingerprint)
            add(table.responseB, row, shingles, &hashes, &scratch, &fingerprint)
        }
        return fingerprint
    }

    /// Equal for rows with the same strings, ignoring case and spaces.
    struct Fingerprint: Sendable, Hashable {
        fileprivate(set) var low: UInt64 = 0
        fileprivate(set) var high: UInt64 = 0
        /// Whether there is nothing to compare.
        var isEmpty: Bool { low == 0 && high == 0 }
    }

    private func add(
        _ lists: StringLists, _ row: Int, _ shingles: Shingles, _ hashes: inout [UInt64],
        _ scratch: inout Shingles.Scratch, _ fingerprint: inout Fingerprint
    ) {
        for element in lists.elements(ofRow: row) {
            guard let text = lists.utf8(element) else { continue }
            let hash = shingles.append(text, to: &hashes, &scratch)
            guard hash != 0 else { continue }
            // Sums do not depend on order.
            fingerprint.low &+= hash
            fingerprint.high &+= BitMixing.mixed(hash ^ BitMixing.base)
        }
    }
}
