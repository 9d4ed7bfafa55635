import BoostedModels
import Columns
import FeatureTables
import LinearModels
import PackedRows
import Predictions
import StageKit
import TextFeatures

/// Evaluates models on rows, one after another, and keeps features that the next model may need too.
struct FoldPredictor {
    let table: PackedTable
    let isSwapped: Bool
    let context: StageContext
    let mustBeOutOfFold: Bool

    private var linear:
        (options: TermCounter.Options, rows: [Int], features: ComparisonFeatures, tables: [RowFeatures])?
    private var boosting: (terms: CharacterTerms, rows: [Int], features: BoostingFeatures)?

    init(table: PackedTable, isSwapped: Bool, context: StageContext, mustBeOutOfFold: Bool) {
        self.table = table
        self.isSwapped = isSwapped
        self.context = context
        self.mustBeOutOfFold = mustBeOutOfFold
    }

    /// A model's probabilities for rows, mapped back if A and B were exchanged.
    mutating func probabilities(_ model: FoldModel, rows: [Int]) throws -> [Probabilities] {
        let shown =
            switch model {
            case .linear(let model): try probabilities(model, rows)
            case .boosting(let model): try probabilities(model, rows)
            }
        return isSwapped ? shown.map(\.swapped) : shown
    }

    private mutating func probabilities(_ model: LinearModel, _ rows: [Int]) throws -> [Probabilities] {
        guard context.allInputs("predictions").isEmpty else {
            throw StageFailure("linear models do not use the input 'predictions'; remove it")
        }
        try checkTables(model.tables.widths.count)
        // Models of the same kind use the same features for the same rows.
        if linear?.options != model.options || linear?.rows != rows {
            let features = try ComparisonFeatures(
                of: table, rows: rows, options: model.options, threads: context.threads)
            linear = (
                model.options, rows, features, try RowFeatures.all(context, table, rows: rows)
            )
        }
        guard let found = linear else { preconditionFailure("the features are counted") }
        guard found.tables.map(\.widths) == model.tables.widths else { throw Self.otherTables }
        let design = try LinearDesign(
            found.features, model.scaling, tables: found.tables, model.tables, threads: context.threads)
        return model.probabilities(isSwapped ? design.swapped : design)
    }

    private mutating func probabilities(_ model: BoostingModel, _ rows: [Int]) throws -> [Probabilities] {
        guard context.allInputs("predictions").count == model.memberCount else {
            throw StageFailure(
                "a model was trained with the predictions of \(model.memberCount) other models: the input 'predictions' needs "
                    + "as many, in the same order, but has \(context.allInputs("predictions").count)")
        }
        try checkTables(model.tables.count)
        if boosting?.terms != model.terms || boosting?.rows != rows {
            let members = try MemberPredictions(
                context, table, rows: rows, mustBeOutOfFold: mustBeOutOfFold)
            let features = try BoostingFeatures(
                of: table, rows: rows, members: members.probabilities, terms: model.terms,
                tables: RowFeatures.all(context, table, rows: rows), threads: context.threads)
            boosting = (model.terms, rows, features)
        }
        guard let features = boosting?.features else { preconditionFailure("the features are counted") }
        guard features.tableWidths == model.tables else { throw Self.otherTables }
        return try model.probabilities(features, isSwapped: isSwapped)
    }

    private func checkTables(_ count: Int) throws {
        let given = context.allInputs("features").count
        guard given == count else {
            throw StageFailure(
                count == 0
                    ? "a model was trained without tables of features; remove the input 'features'"
                    : "a model was trained with \(count) tables of features: the input 'features' needs as many, in the "
                        + "same order, but has \(given)")
        }
    }

    private static let otherTables = StageFailure(
        "a model was trained with other tables on the input 'features': their numbers of features differ")
}

@available(*, unavailable) extension FoldPredictor: Sendable {}
