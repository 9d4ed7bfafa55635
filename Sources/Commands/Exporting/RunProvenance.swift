import ArtifactStore
import Dataflow
import Digests
import Texts

/// What a run did, in the terms of other programs: activities, with what they used and made, and when.
///
/// The activity of a cached stage is the one that made its result, in an earlier run.
struct RunProvenance {
    /// The computation of a stage's result, or an attempt that failed.
    struct Activity {
        /// A UUID, which the activity has in every export.
        let id: String
        /// The stage, such as `model[fold=0]`.
        let stage: String
        /// The kind, or `run`.
        let kind: String
        let disposition: Disposition
        /// Seconds since 1970; nil if unknown, as for imported results.
        let started: Double?
        let ended: Double?
        /// The message of a failure.
        let message: String?
        /// What it did; nil if it failed, or if the result was collected.
        let work: KeyMaterial.Work?
        let inputs: [RunGraph.Reading]
        /// By name.
        let outputs: [(name: String, artifact: Artifact)]

        /// The stage's name in the pipeline file, which its instances share.
        var stageName: String { StageID.name(of: stage) }
    }

    /// A UUID, which the run has in every export.
    let id: String
    let run: RunRecord
    /// The stages of the run, by name.
    let activities: [Activity]
    /// Those that took place: without skipped stages and collected results.
    let known: [Activity]
    /// The paths of files from outside, as far as the store knows them.
    let paths: [Digest: String]

    /// - Parameter pipeline: the run's pipeline as it is now, if it is known.
    init(of run: RunRecord, _ catalog: Catalog, declaredBy pipeline: Pipeline?) throws {
        self.run = run
        id = Self.identifier(["run", run.pipeline, "\(run.id)", "\(run.started)"])
        let graph = try RunGraph(of: run.id, catalog, declaredBy: pipeline)
        let origins = try catalog.origins(ofResultsIn: run.id)
        // An activity has the index of its stage in the graph, which readings refer to.
        activities = graph.stages.map { stage in
            let record = stage.record
            let started = record.disposition == .cached ? origins[record.stage]?.started : record.started
            return Activity(
                id: Self.identifier([
                    "activity", record.stage,
                    stage.trace?.key.description ?? "\(run.id) \(run.started)", "\(started ?? 0)",
                ]), stage: record.stage, kind: record.kind, disposition: record.disposition, started: started,
                ended: started.flatMap { start in record.cost.map { start + $0.wallSeconds } },
                message: record.message, work: stage.trace?.material.work, inputs: stage.readings,
                outputs: (stage.trace?.outputs ?? [:]).sorted { $0.key.precedesByBytes($1.key) }
                    .map { (name: $0.key, artifact: $0.value) })
        }
        known = activities.filter { activity in
            switch activity.disposition {
            case .ran, .cached, .failed: activity.work != nil || activity.started != nil
            case .skipped, .canceled: false
            }
        }
        paths = try catalog.sourcePaths(
            of: Set(activities.flatMap(\.inputs).filter { $0.source == nil }.map(\.digest)))
    }

    /// A version 8 UUID computed from words.
    private static func identifier(_ words: [String]) -> String {
        var bytes = SHA256.digest(of: words.joined(separator: "\n")).bytes.prefix(16).map { $0 }
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hexadecimal.text(of: Array(bytes[$0])) }
            .joined(separator: "-")
    }
}
