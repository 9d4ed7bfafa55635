import Columns
package import Files
package import LanguageModels

/// The metrics of each training step: the table `step, epoch, tokens, learning_rate, gradient_norm, loss,
/// held_out_log_loss`.
package enum LossTable {
    /// Writes the table as Parquet; the last column is null after steps without an evaluation.
    ///
    /// - Parameter stepsPerEpoch: the number of steps that see every example once; may be a fraction.
    package static func write(_ state: TrainingState, stepsPerEpoch: Double, to path: FilePath) throws {
        var evaluations: [Int: Double] = [:]
        for evaluation in state.evaluations { evaluations[evaluation.step] = evaluation.loss }
        let steps = state.steps
        let table = try Table([
            ("step", .integer(IntegerColumn(steps.indices.map { Int64($0 + 1) }))),
            ("epoch", .floating(FloatingColumn(steps.indices.map { Double($0 + 1) / stepsPerEpoch }))),
            ("tokens", .integer(IntegerColumn(steps.map { Int64($0.tokens) }))),
            ("learning_rate", .floating(FloatingColumn(steps.map(\.learningRate)))),
            ("gradient_norm", .floating(FloatingColumn(steps.map(\.gradientNorm)))),
            ("loss", .floating(FloatingColumn(steps.map(\.loss)))),
            ("held_out_log_loss", .floating(FloatingColumn(steps.indices.map { evaluations[$0 + 1] }))),
        ])
        try table.write(to: path)
    }
}
