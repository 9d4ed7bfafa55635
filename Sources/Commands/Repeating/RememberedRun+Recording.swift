import ArtifactStore
import Dataflow
import Digests
import Execution
import Files
import PipelineFiles

extension RememberedRun {
    /// What a run of a whole pipeline depended on, in the state in which its stages were looked up.
    ///
    /// Nil if the next run has to take its usual course: if stages are not looked up solely by what they depend on, if the pipeline
    /// depends on more than its texts, if other machines are asked, or if every run has to report something.
    init?(
        _ session: Session, _ loaded: PipelineFile.Loaded, _ selection: Selection, _ summary: RunSummary,
        _ store: ArtifactStore, surroundings: RunSurroundings, texts: [ReadFiles.Entry],
        demands: ResourceDemands
    ) throws {
        let pipeline = loaded.pipeline
        guard summary.outcome == .succeeded, summary.storeTrouble == nil, pipeline.expansion == nil,
            demands.warnings.isEmpty, demands.impossible.isEmpty,
            summary.results.count == pipeline.stages.count,
            selection.stages.count == pipeline.stages.count,
            pipeline.stages.allSatisfy(Self.isPlain), try session.sharedCaches(of: pipeline).isEmpty,
            texts.allSatisfy({ (try? FileStatus(of: FilePath($0.path)).kind) == .file })
        else { return nil }
        var sources = SourceList()
        var snapshots: Set<Snapshot> = []
        var traces: [StageID: Trace] = [:]
        for result in summary.results {
            guard [.ran, .cached].contains(result.disposition), let trace = result.trace,
                let index = selection.index(of: result.stage),
                sources.add(selection.stages[index], trace.material)
            else { return nil }
            traces[result.stage] = trace
            guard let discovered = trace.discovered else { continue }
            snapshots.insert(Snapshot(pathSet: discovered.pathSet, digest: discovered.snapshot))
        }
        let published = summary.published.compactMap { file, path -> Published? in
            let source = pipeline.publications.first { $0.fileName.utf8.elementsEqual(file.utf8) }?.source
            guard let source, let artifact = traces[source.stage]?.outputs[source.output] else { return nil }
            return Published(file: file, path: path, artifact: artifact)
        }
        guard published.count == summary.published.count,
            let image = try store.runs.image(of: summary.run)
        else { return nil }
        self.init(
            surroundings: surroundings.digest, run: summary.run, image: image, pipeline: pipeline.name,
            stages: summary.results.count, names: RunLines.cachedNames(Self.lookUpOrder(of: selection)),
            texts: texts, patterns: loaded.matches.map { Pattern($0.pattern, $0.files) },
            sources: sources.all, snapshots: snapshots.sorted { $0.pathSet < $1.pathSet },
            published: published)
    }

    /// True if a stage's result is looked up solely by what it depends on, and that is known in advance.
    private static func isPlain(_ stage: Stage) -> Bool {
        if case .command(let command) = stage.work,
            command.environment.contains(where: RunSurroundings.passing.contains)
        {
            return false
        }
        return stage.renewal == .whenStale && stage.awaitedList == nil && stage.lists.isEmpty
            && stage.resources.gpus == 0
            && stage.inputs.allSatisfy { input in
                switch input.source {
                case .output, .gather, .external: true
                case .member, .elsewhere: false
                }
            }
    }

    /// The stages in the order in which a run finds them if all have results.
    private static func lookUpOrder(of selection: Selection) -> [StageID] {
        var scheduler = SchedulerState(
            nodes: selection.dependencies.map { SchedulerState.Node(dependencies: $0) },
            capacity: SchedulerState.Capacity(cpus: 1, memory: 1))
        var order: [StageID] = []
        while let index = scheduler.nextToResolve() {
            order.append(selection.stages[index].id)
            scheduler.found(index)
        }
        return order
    }
}

/// The external sources that stages read, each once.
private struct SourceList {
    private struct Name: Hashable {
        let source: ExternalSource
        let asProgram: Bool
    }

    private(set) var all: [RememberedRun.Source] = []
    private var indices: [Name: Int] = [:]

    /// Adds a stage's external sources, with their content according to the stage's key.
    ///
    /// - Returns: false if the key lacks one, or if a source had different content for another stage.
    mutating func add(_ stage: Stage, _ material: KeyMaterial) -> Bool {
        var isCommand = false
        if case .command(let command) = stage.work {
            isCommand = true
            guard case .command(let found) = material.work, found.code.count == command.code.count else {
                return false
            }
            for (source, digest) in zip(command.code, found.code) {
                guard add(source, digest, isExecutable: nil) else { return false }
            }
        }
        for input in stage.inputs {
            guard case .external(let source) = input.source else { continue }
            guard let elements = material.inputs[input.name], elements.count == 1,
                add(source, elements[0].digest, isExecutable: isCommand ? elements[0].isExecutable : nil)
            else { return false }
        }
        return true
    }

    private mutating func add(_ source: ExternalSource, _ digest: Digest, isExecutable: Bool?) -> Bool {
        let item = RememberedRun.Source(source: source, digest: digest, isExecutable: isExecutable)
        let name = Name(source: source, asProgram: isExecutable != nil)
        if let index = indices[name] { return all[index] == item }
        indices[name] = all.count
        all.append(item)
        return true
    }
}
