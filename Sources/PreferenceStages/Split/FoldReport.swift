import Digests
import StageSchemas

/// What is told of a split.
struct FoldReport: Sendable {
    /// How many groups are in more than one fold, found from the rows.
    let leaks: Int
    /// The rows of each fold.
    private(set) var sizes: [Int]
    private var labels: [[String: Int]]
    private var groups: [Int]

    init(_ rows: ComparisonTable, groups: RowGroups, folds: [Int], count: Int) {
        leaks = FoldReport.parted(groups.keys, folds: folds)
        sizes = [Int](repeating: 0, count: count)
        labels = [[String: Int]](repeating: [:], count: count)
        self.groups = [Int](repeating: 0, count: count)
        var seen = Set<Digest>()
        for (row, fold) in folds.enumerated() {
            sizes[fold] += 1
            labels[fold][rows.label(row)?.rawValue ?? "none", default: 0] += 1
            if seen.insert(groups.keys[row]).inserted { self.groups[fold] += 1 }
        }
    }

    /// How many of the keys have rows in more than one fold.
    static func parted(_ keys: [Digest], folds: [Int]) -> Int {
        var first: [Digest: Int] = [:]
        var parted = Set<Digest>()
        for (key, fold) in zip(keys, folds) {
            if let other = first[key] {
                if other != fold { parted.insert(key) }
            } else {
                first[key] = fold
            }
        }
        return parted.count
    }

    /// The report.
    func value(partedConversations: Int) -> Value {
        [
            "rows": .integer(sizes.reduce(0, +)), "groups": .integer(groups.reduce(0, +)),
            "leaks": .integer(leaks), "partedConversations": .integer(partedConversations),
            "folds": .list(
                sizes.indices.map { fold in
                    [
                        "rows": .integer(sizes[fold]), "groups": .integer(groups[fold]),
                        "labels": .map(labels[fold].mapValues { .integer($0) }),
                    ]
                }),
        ]
    }
}
