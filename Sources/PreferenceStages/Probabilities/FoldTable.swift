import Columns
public import Files
import StageKit

/// Which fold each row is in: the table `id, group, fold`.
public struct FoldTable: Sendable {
    /// The fold of each id.
    public let folds: [String: Int]
    /// The group of each id, which folds do not part.
    public let groups: [String: String]
    /// The number of folds.
    public let count: Int

    /// Reads a table.
    public init(_ path: FilePath) throws {
        let table = try Table.read(path)
        let ids = try table.strings("id")
        let group = try table.strings("group")
        let fold = try table.integers("fold")
        var folds: [String: Int] = [:]
        var groups: [String: String] = [:]
        for row in 0..<table.rowCount {
            guard let id = ids[row], fold.values[row] >= 0 else {
                throw StageFailure("folds: row \(row + 1) has no id, or no fold")
            }
            folds[id] = Int(fold.values[row])
            groups[id] = group[row] ?? id
        }
        self.folds = folds
        self.groups = groups
        count = (folds.values.max() ?? -1) + 1
    }
}
