import Columns
import Comparisons
import ConversationKeys
import Digests
import Files
import Groups
import StageKit
import Texts

/// What the rows of a group have in common.
enum GroupRule: String, SettingChoice {
    /// The set of all their strings.
    case conversation
    /// The list of their prompts.
    case prompt
    /// The `group` column.
    case group
    /// The input `groups`.
    case groups

    /// The rules that a pipeline file can select; the input needs no selection.
    static let allCases: [GroupRule] = [.conversation, .prompt, .group]
}

/// Every row's key according to one rule: rows with equal keys belong together.
struct RowKeys: Sendable {
    let rule: GroupRule
    let keys: [Digest]
    /// The names of the keys, if the data has any; otherwise empty.
    private(set) var names: [String] = []

    /// The keys from the content of the rows.
    init(_ rows: ComparisonTable, by rule: GroupRule, threads: Int) throws {
        self.rule = rule
        var keys = try rows.keys(by: rule == .prompt ? .prompt : .conversation, threads: threads)
        if rule == .group {
            names = keys.map { String($0.hexadecimal.prefix(32)) }
            for row in 0..<rows.count {
                guard let group = rows.group.utf8(at: row) else { continue }
                // The input's length differs from that of a digest, so the key cannot equal a conversation's key.
                keys[row] = SHA256.digest(of: Array("group:".utf8) + group)
                names[row] = String(decoding: group, as: UTF8.self)
            }
        }
        self.keys = keys
    }

    /// The keys from a table `id, group`.
    ///
    /// - Throws: `StageFailure` if a row is missing from it.
    init(_ rows: ComparisonTable, groups path: FilePath) throws {
        let known = try GroupTable(path).groups
        rule = .groups
        names = try (0..<rows.count).map { row in
            guard let group = known[rows.id[row] ?? ""] else {
                throw StageFailure(
                    "the row '\(rows.id[row] ?? "")' is not in the input 'groups'; create it from the same rows"
                )
            }
            return group
        }
        keys = names.map { SHA256.digest(of: "groups:" + $0) }
    }

    /// Each row separately.
    init(rowsOf rows: ComparisonTable) {
        rule = .conversation
        names = (0..<rows.count).map { rows.id[$0] ?? "" }
        keys = names.map { SHA256.digest(of: "id:" + $0) }
    }

    /// The number of keys that have rows in more than one fold; rows that are never held out count as a fold.
    func parted(_ folds: [Int?]) -> Int {
        var first: [Digest: Int?] = [:]
        var parted = Set<Digest>()
        for (key, fold) in zip(keys, folds) {
            if let other = first[key] {
                if other != fold { parted.insert(key) }
            } else {
                first.updateValue(fold, forKey: key)
            }
        }
        return parted.count
    }
}
