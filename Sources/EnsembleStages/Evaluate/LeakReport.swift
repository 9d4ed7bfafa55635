import Columns
import Comparisons
import ConversationKeys
import Digests
import Files
import Groups
import Predictions
import StageKit
import Texts

/// Rows that are similar to rows that their models may have been trained on, scored separately.
struct LeakReport: Sendable {
    /// What rows share with the training rows.
    let name: String
    let leaked: Scores
    let clean: Scores

    /// The rows for which `isLeaked` is true, and the others.
    init(_ name: String, _ rows: [ScoredRow], _ isLeaked: (ScoredRow) -> Bool) {
        self.name = name
        leaked = Scores(rows.filter(isLeaked))
        clean = Scores(rows.filter { !isLeaked($0) })
    }

    /// Rows that share prompts, or all strings, with rows of training tables, regardless of folds.
    static func against(
        training: [FilePath], comparisons: FilePath, _ rows: [ScoredRow], threads: Int
    ) throws -> [LeakReport] {
        let own = try ComparisonTable.read(comparisons)
        let tables = try training.map { try ComparisonTable.read($0) }
        return try ConversationIdentity.allCases.map { identity in
            var seen: Set<Digest> = []
            for table in tables { seen.formUnion(try table.keys(by: identity, threads: threads)) }
            let keys = try keys(of: own, by: identity, threads)
            return try report("\(identity.rawValue) in the training rows", rows, keys) { key, _ in
                seen.contains(key)
            }
        }
    }

    /// Rows that share prompts, or all strings, with rows of another fold, or with rows that are never held out.
    static func acrossFolds(
        comparisons: FilePath, _ folds: FoldTable, _ rows: [ScoredRow], threads: Int
    ) throws -> [LeakReport] {
        let own = try ComparisonTable.read(comparisons)
        return try ConversationIdentity.allCases.map { identity in
            let keys = try keys(of: own, by: identity, threads)
            return try parted("\(identity.rawValue) in another fold", rows, keys, folds)
        }
    }

    /// Rows of groups that extend to another fold, or to rows that are never held out.
    static func acrossFolds(groups path: FilePath, _ folds: FoldTable, _ rows: [ScoredRow]) throws
        -> LeakReport
    {
        let groups = try GroupTable(path).groups.mapValues { ExactText($0) }
        return try parted("group in another fold", rows, groups, folds)
    }

    private static func parted<Key: Hashable>(
        _ name: String, _ rows: [ScoredRow], _ keys: TextMap<Key>, _ folds: FoldTable
    ) throws -> LeakReport {
        var first: [Key: Int] = [:]
        var parted: Set<Key> = []
        for (id, key) in keys {
            guard let fold = folds.folds[id] else { continue }
            if let other = first.updateValue(fold, forKey: key), other != fold { parted.insert(key) }
        }
        return try report(name, rows, keys) { key, _ in parted.contains(key) }
    }

    private static func report<Key>(
        _ name: String, _ rows: [ScoredRow], _ keys: TextMap<Key>, _ isLeaked: (Key, ScoredRow) -> Bool
    ) throws -> LeakReport {
        let leaked = try TextSet(
            rows.filter { row in
                guard let key = keys[row.id] else {
                    throw StageFailure(
                        "leaks: the row '\(row.id)' is not in 'comparisons', or not in 'groups'")
                }
                return isLeaked(key, row)
            }.map(\.id))
        return LeakReport(name, rows) { leaked.contains($0.id) }
    }

    private static func keys(
        of table: ComparisonTable, by identity: ConversationIdentity, _ threads: Int
    ) throws -> TextMap<Digest> {
        let keys = try table.keys(by: identity, threads: threads)
        return TextMap(first: zip((0..<table.count).map { table.id[$0] ?? "" }, keys))
    }
}
