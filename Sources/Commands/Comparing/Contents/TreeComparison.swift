import ArtifactStore
import Digests
import StageSchemas
import Texts

/// Compares two folders file by file. Pure.
struct TreeComparison {
    private struct Change {
        let path: String
        let word: String
        let before: TreeEntry?
        let after: TreeEntry?
    }

    private let changes: [Change]
    private let equalCount: Int

    init(_ before: [TreeEntry], _ after: [TreeEntry]) {
        func files(_ entries: [TreeEntry]) -> [ExactText: TreeEntry] {
            Dictionary(entries.filter { $0.kind != .directory }.map { (ExactText($0.path), $0) }) {
                first, _ in first
            }
        }
        let (old, new) = (files(before), files(after))
        var changes: [Change] = []
        for path in Set(old.keys).union(new.keys).sorted() {
            let (left, right) = (old[path], new[path])
            if left?.digest == right?.digest, left?.kind == right?.kind { continue }
            let word = left == nil ? "added" : right == nil ? "removed" : "changed"
            changes.append(Change(path: path.description, word: word, before: left, after: right))
        }
        self.changes = changes
        equalCount = new.count - changes.filter { $0.after != nil }.count
    }

    var difference: ContentDifference {
        func count(_ word: String) -> Int { changes.reduce(0) { $0 + ($1.word == word ? 1 : 0) } }
        var difference = ContentDifference(
            format: "directory",
            sentences: [
                "files: \(count("added")) added, \(count("removed")) removed, \(count("changed")) changed, "
                    + "\(equalCount) the same"
            ],
            details: [
                "files": .list(
                    changes.map { change in
                        [
                            "path": .string(change.path), "difference": .string(change.word),
                            "before": change.before.map { .string($0.digest.hexadecimal) } ?? .null,
                            "after": change.after.map { .string($0.digest.hexadecimal) } ?? .null,
                        ]
                    }), "equalFiles": .integer(equalCount),
            ])
        difference.add(
            "Files", ["file", "difference", ">before", ">after"],
            changes.prefix(ContentDifference.limit).map { change in
                [
                    change.path, change.word, change.before.map { Amounts.bytes($0.size) } ?? "",
                    change.after.map { Amounts.bytes($0.size) } ?? "",
                ]
            }, total: changes.count)
        return difference
    }
}
