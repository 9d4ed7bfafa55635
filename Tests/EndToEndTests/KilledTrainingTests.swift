import Files
import TestSupport
import Testing

private let training = """
    pipeline: training
    stages:
      sample:
        kind: sample-comparisons
        with: { rows: 60, testRows: 0, extraRows: 0, seed: 1, meanTurnWords: 8, maximumTurns: 1 }
      rows: { kind: ingest, inputs: { file: sample.train }, with: { source: train } }
      text: { kind: pack, inputs: { rows: rows.rows }, with: { maximumTokens: 120 } }
      made:
        kind: create-model
        inputs: { rows: text.packed }
        with: { family: gemma2, vocabularySize: 512, hiddenSize: 32, feedForwardSize: 64, layers: 2 }
      tokens:
        kind: pack
        inputs: { rows: rows.rows, tokenizer: made }
        with: { template: gemma, maximumTokens: 120 }
      model:
        kind: pretrain-language-model
        inputs: { model: made, rows: tokens.packed }
        with: { epochs: 12, rowsPerStep: 4 }
    """

/// The driver and its workers are killed while a model is trained; the next run continues, and makes the same bytes.
@Test func aKilledTrainingResumesAndEndsWithTheSameBytes() throws {
    let whole = try withWorkspace(training) { try $0.run() }
    try withWorkspace(training) { workspace in
        let resume = workspace.folder.appending("artifacts/work/resume")
        let running = try BuiltProgram.sluice.start(["run", "p.yaml"], in: workspace.folder)
        var state: FilePath?
        // Training saves its state after a quarter of a second, however far it gets in that time.
        while state == nil, !running.hasEnded(within: 0.02) {
            state = ((try? FileSystem.names(in: resume)) ?? []).lazy
                .map { resume.appending($0).appending("training.safetensors") }
                .first { FileSystem.exists($0) }
        }
        running.kill()
        _ = try running.wait()
        let left = try #require(state, "the training ended before it saved its state")
        #expect(FileSystem.exists(left))
        let document = try workspace.run()
        #expect(document.digests == whole.digests)
        #expect(document.dispositions["model"] == "ran")
        let log = try workspace.sluice("logs", "model")
        #expect(log.output.contains("an earlier attempt was interrupted; continuing after step "))
        // What was left is gone, and nothing else is left.
        #expect(try FileSystem.names(in: resume).isEmpty)
    }
}
