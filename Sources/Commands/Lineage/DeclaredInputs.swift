import ArtifactStore
import Dataflow
import PipelineFiles
import Texts

/// What the stages of a pipeline declare that they read.
///
/// A run records its inputs by content. Stages whose outputs have the same content can be told apart only by the pipeline file, as
/// far as it still describes the run.
struct DeclaredInputs {
    private let stages: [String: Stage]

    /// - Parameter pipeline: nil if it is not known, so that nothing is declared.
    init(_ pipeline: Pipeline?) {
        stages = Dictionary((pipeline?.stages ?? []).map { ($0.id.description, $0) }) { first, _ in first }
    }

    /// Where an input of a stage comes from; nil if there is no such stage or input, or if the stage does something else by now.
    func source(of input: String, of stage: String, doing work: KeyMaterial.Work) -> Stage.Input.Source? {
        guard let stage = stages[stage], stage.does(work) else { return nil }
        return stage.inputs.first { $0.name.hasSameBytes(as: input) }?.source
    }

    /// The stages that a stage reads from.
    func sources(of stage: String) -> [String] {
        (stages[stage]?.inputs ?? []).flatMap(\.references).map(\.stage.description)
    }
}

extension Stage {
    /// Whether the stage does the work that produced a result, apart from its code.
    func does(_ made: KeyMaterial.Work) -> Bool {
        switch (work, made) {
        case (.kind(let name, let parameters, _), .kind(let other, _, let known)):
            name == other && (isKnownByContent || parameters == known)
        case (.command(let command), .command(let known)):
            command.text == known.text && command.interpreter == known.interpreter
        default: false
        }
    }
}

extension Session {
    /// The pipeline of a run, with the instances that the store knows, as its file describes it now; nil if it cannot be read.
    func currentPipeline(of run: RunRecord) -> Pipeline? {
        guard let pipeline = try? loadPipeline(of: run).pipeline,
            pipeline.name.hasSameBytes(as: run.pipeline)
        else { return nil }
        return (try? known(pipeline)) ?? pipeline
    }
}
