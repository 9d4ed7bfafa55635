import Columns
package import Files
import StageKit
package import Texts

/// The fold of each row: the table `id, group, fold`.
package struct FoldTable: Sendable {
    /// The fold of a row that is never held out.
    package static let trainingOnly = -1

    /// The fold of each id, or `trainingOnly`.
    package let folds: TextMap<Int>
    /// The group of each id, which folds do not split.
    package let groups: TextMap<String>
    /// The number of folds.
    package let count: Int

    /// Reads a table.
    package init(_ path: FilePath) throws {
        let table = try Table.read(path)
        let ids = try table.strings("id")
        let group = try table.strings("group")
        let fold = try table.integers("fold")
        var folds: TextMap<Int> = [:]
        var groups: TextMap<String> = [:]
        for row in 0..<table.rowCount {
            let own = fold[row]
            guard let id = ids[row], own.map({ (0...1_000_000).contains($0) }) ?? true else {
                throw StageFailure("folds: row \(row + 1) has no id, or an invalid fold")
            }
            guard folds.updateValue(own.map { Int($0) } ?? Self.trainingOnly, forKey: id) == nil else {
                throw StageFailure("folds: the id '\(id)' occurs in several rows")
            }
            groups[id] = group[row] ?? id
        }
        self.folds = folds
        self.groups = groups
        count = max(0, (folds.all.max() ?? Self.trainingOnly) + 1)
    }
}
