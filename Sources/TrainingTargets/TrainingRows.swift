import Columns
package import PackedRows
import Predictions
package import StageKit
import Texts

/// The training rows of a fold model with their targets, and the held-out rows.
package struct TrainingRows: Sendable {
    /// Indices into the packed table, ascending.
    package let training: [Int]
    /// Their targets.
    package let targets: [RowTarget]
    /// The labeled rows of the held-out fold.
    package let heldOut: [Int]
    /// The group of each training row, which early stopping does not split.
    package let groups: [String]

    /// The rows of a table.
    ///
    /// - Parameters:
    ///   - fold: the fold to hold out; nil to train on all rows.
    ///   - mustHaveFold: whether to exclude rows that are never held out, for which there are no out-of-fold
    ///     predictions.
    ///   - context: provides the optional input `folds`, and the input `targets`.
    package init(
        _ table: PackedTable, fold: Int?, mustHaveFold: Bool = false, options: SoftTargets.Options,
        in context: StageContext
    ) throws {
        let soft = SoftTargets(
            try context.allInputs("targets").map { try PredictionTable($0.path) }, options: options)
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        if let fold, let folds, fold >= folds.count {
            throw StageFailure("there is no fold \(fold): the folds are 0 to \(folds.count - 1)")
        }
        var training: [Int] = []
        var targets: [RowTarget] = []
        var heldOut: [Int] = []
        var groups: [String] = []
        var taught = 0
        var withoutFold = 0
        for row in 0..<table.count {
            let id = table.id[row] ?? ""
            guard let target = soft.target(table, row) else { continue }
            if let fold {
                guard let own = folds?.folds[id] else {
                    throw StageFailure("the row '\(id)' is not in 'folds'")
                }
                if own == fold {
                    if table.label(row) != nil { heldOut.append(row) }
                    continue
                }
            }
            guard target.weight > 0 else { continue }
            if mustHaveFold && folds?.folds[id] == FoldTable.trainingOnly {
                withoutFold += 1
                continue
            }
            taught += soft.contains(id) ? 1 : 0
            training.append(row)
            targets.append(target)
            groups.append(folds?.groups[id] ?? table.group[row] ?? id)
        }
        guard !training.isEmpty else { throw StageFailure("there are no labeled rows to train on") }
        self.training = training
        self.targets = targets
        self.heldOut = heldOut
        self.groups = groups
        context.metric("trainingRows", training.count)
        if mustHaveFold { context.metric("rowsNeverHeldOut", withoutFold) }
        if !context.allInputs("targets").isEmpty { context.metric("softRows", taught) }
    }
}
