import BoostedModels
import Columns
import FeatureTables
import Files
import GradientBoosting
import PackedRows
import Predictions
package import StageKit
import StageSchemas
import TrainingTargets

/// Gradient-boosted trees on length, structure, character n-grams and other models' predictions, one model per call.
package enum TrainGradientBoosting: StageKind {
    /// Runs the stage.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let rows = try TrainingRows(
            table, fold: parameters.fold, mustHaveFold: !context.allInputs("predictions").isEmpty,
            options: parameters.soft, in: context)
        let all = rows.training + rows.heldOut
        let members = try MemberPredictions(context, table, rows: all, mustBeOutOfFold: true)
        let terms = try CharacterTerms(
            fitting: table, rows: rows.training,
            options: CharacterTerms.Options(count: parameters.characterTerms), threads: context.threads)
        let tables = try RowFeatures.all(context, table, rows: all)
        let widths = tables.map(\.widths)
        let features = try BoostingFeatures(
            of: table, rows: all, members: members.probabilities, terms: terms, tables: tables,
            threads: context.threads
        ) { context.progress($0, of: all.count, "rows") }
        let heldOut = rows.heldOut.compactMap { table.label($0).map { RowTarget(label: $0) } }
        let trained = try train(parameters, rows, features, heldOut: heldOut, context)
        let model = BoostingModel(
            isSymmetric: parameters.symmetric, offsets: trained.offsets,
            memberCount: members.probabilities.count, terms: terms, tables: widths,
            heldOutFold: parameters.fold, booster: trained.outcome.booster)
        try BoostingModelFile.write(model, to: context.output("model"))
        let names = BoostingFeatures.names(
            members: members.probabilities.count, terms: terms, tables: widths)
        let importances = try FeatureImportances(model.booster, names: names)
        try importances.write(to: context.output("importances"))
        try FileContents.write(importances.picture, to: context.output("picture"))
        var report: [String: Value] = [
            "rows": .integer(rows.training.count), "rounds": .integer(trained.outcome.best),
            "columns": .integer(names.count),
            "trainingLoss": .list(trained.outcome.losses.map { .number($0.training) }),
            "watchedLoss": .list(trained.outcome.losses.compactMap { $0.watched.map { .number($0) } }),
        ]
        context.metric("rounds", trained.outcome.best)
        if !heldOut.isEmpty {
            let position = rows.training.count
            let labels = rows.heldOut.compactMap { table.label($0) }
            let predicted = try model.probabilities(features, isSwapped: false)[position...]
            let loss = zip(predicted, labels).reduce(0) { $0 + $1.0.logLoss($1.1) } / Double(labels.count)
            report["heldOutRows"] = .integer(labels.count)
            report["heldOutLogLoss"] = .number(loss)
            context.metric("heldOutLogLoss", loss)
        }
        try JSONFile.write(.map(report), to: context.output("report"))
    }

    /// Trains and, if requested, trains again on all rows with the best number of rounds.
    private static func train(
        _ parameters: Parameters, _ rows: TrainingRows, _ features: BoostingFeatures, heldOut: [RowTarget],
        _ context: StageContext
    ) throws -> (outcome: BoostingTrainer.Outcome, offsets: [Double]) {
        let offsets = parameters.symmetric ? symmetricOffsets(rows.targets) : offsets(rows.targets)
        let options = BoostingOptions(
            outputs: BoostingModel.outputs(isSymmetric: parameters.symmetric),
            learningRate: parameters.learningRate, maximumDepth: parameters.maximumDepth,
            minimumWeight: parameters.minimumWeight, penalty: parameters.penalty,
            minimumGain: parameters.minimumGain, columnShare: parameters.columnShare, bins: parameters.bins,
            seed: parameters.seed)
        func trainer(rounds: Int) -> BoostingTrainer {
            BoostingTrainer(
                isSymmetric: parameters.symmetric, options: options, rounds: rounds,
                patience: parameters.patience, rowShare: parameters.rowShare, offsets: offsets,
                threads: context.threads)
        }
        let orientations = BoostingModel.orientations(isSymmetric: parameters.symmetric)
        func part(_ positions: [Int], _ targets: [RowTarget]) throws -> BoostingTrainer.Part {
            BoostingTrainer.Part(
                matrix: try features.matrix(orientations, rows: positions), targets: targets)
        }
        func progress(_ round: Int) { context.progress(round, of: parameters.rounds, "rounds") }
        let everything = rows.targets.indices
        switch parameters.earlyStopping {
        case .none:
            let outcome = try trainer(rounds: parameters.rounds).train(
                part(Array(everything), rows.targets), watching: nil, progress: progress)
            return (outcome, offsets)
        case .heldOut:
            guard !heldOut.isEmpty else {
                throw StageFailure("earlyStopping: held-out requires a held-out fold with labels")
            }
            let positions = Array(rows.training.count..<(rows.training.count + heldOut.count))
            let outcome = try trainer(rounds: parameters.rounds).train(
                part(Array(everything), rows.targets), watching: part(positions, heldOut),
                progress: progress)
            return (outcome, offsets)
        case .trainingPart:
            let watched = EarlyStoppingRows.positions(
                rows.groups, share: parameters.watchedShare, seed: parameters.seed)
            let isWatched = Set(watched)
            let others = everything.filter { !isWatched.contains($0) }
            guard !watched.isEmpty, !others.isEmpty else {
                throw StageFailure(
                    "there are too few groups of rows to set some aside; use earlyStopping: none")
            }
            let first = try trainer(rounds: parameters.rounds).train(
                part(others, others.map { rows.targets[$0] }),
                watching: part(watched, watched.map { rows.targets[$0] }), progress: progress)
            guard parameters.refit, first.best > 0 else { return (first, offsets) }
            let second = try trainer(rounds: first.best).train(
                part(Array(everything), rows.targets), watching: nil, progress: progress)
            return (
                BoostingTrainer.Outcome(booster: second.booster, best: first.best, losses: first.losses),
                offsets
            )
        }
    }

    /// The scores of the mean target, with A and B treated symmetrically.
    private static func symmetricOffsets(_ targets: [RowTarget]) -> [Double] {
        let prior = prior(targets)
        let decided = (prior.a + prior.b) / 2
        return [0, 0, Probabilities(a: decided, b: decided, tie: prior.tie).logOdds.tie]
    }

    /// The scores of the mean target.
    private static func offsets(_ targets: [RowTarget]) -> [Double] {
        let odds = prior(targets).logOdds
        return [odds.preference / 2, -odds.preference / 2, odds.tie]
    }

    private static func prior(_ targets: [RowTarget]) -> Probabilities {
        var sum = Probabilities(a: 1e-9, b: 1e-9, tie: 1e-9)
        for term in targets.lazy.flatMap(\.terms) {
            sum.a += term.weight * term.wanted.a
            sum.b += term.weight * term.wanted.b
            sum.tie += term.weight * term.wanted.tie
        }
        return sum.normalized
    }
}
