import ArtifactStore
import Dataflow
import Digests
import Texts

/// The stages of a run with their results, and which outputs each read.
///
/// What a stage read is found by content, so that no pipeline file is needed. If several outputs have the same content, the pipeline
/// file says which of them it was; if that has changed, the first by name stands for all of them.
struct RunGraph {
    /// An input of a stage, or one of the artifacts gathered in it.
    struct Reading {
        let input: String
        let digest: Digest
        /// The stage that made it, and the output's name; nil for a file from outside.
        let source: (stage: Int, output: String)?
        /// The output of another pipeline that the pipeline file names here.
        var elsewhere: PipelineOutput?
        /// True if the pipeline file names a file from outside here.
        var isFile = false
    }

    struct Stage {
        let record: RunStageRecord
        /// Nil if it has no result, or the result was collected.
        let trace: Trace?
        fileprivate(set) var readings: [Reading] = []
        /// Without a result, the stages that it would have read from.
        fileprivate(set) var awaited: [Int] = []

        /// The stages that it reads from, in ascending order.
        var sources: [Int] { Set(readings.compactMap { $0.source?.stage } + awaited).sorted() }
    }

    private(set) var stages: [Stage]

    /// - Parameter pipeline: the run's pipeline as it is now, if it is known.
    init(of run: RunID, _ catalog: Catalog, declaredBy pipeline: Pipeline?) throws {
        stages = try catalog.stages(of: run).map { record in
            Stage(record: record, trace: try record.trace.flatMap { try catalog.trace($0) })
        }
        var makers: [Digest: [Maker]] = [:]
        for (index, stage) in stages.enumerated() {
            for (name, artifact) in (stage.trace?.outputs ?? [:]).sorted(by: { $0.key < $1.key }) {
                makers[artifact.digest, default: []].append((index, name))
            }
        }
        try addMembers(to: &makers, catalog)
        let declared = DeclaredInputs(pipeline)
        let places = Dictionary(stages.enumerated().map { ($1.record.stage, $0) }) { first, _ in first }
        for index in stages.indices {
            let stage = stages[index].record.stage
            guard let material = stages[index].trace?.material else {
                stages[index].awaited = declared.sources(of: stage).compactMap { places[$0] }
                continue
            }
            stages[index].readings = material.inputs.sorted { $0.key < $1.key }.flatMap { name, elements in
                let source = declared.source(of: name, of: stage, doing: material.work)
                return elements.enumerated().map { position, element in
                    let choice = source.map { origin(of: element.digest, $0, position, places) }
                    let maker =
                        switch choice {
                        case .outside?: nil as Maker?
                        case .maker(let maker)?: maker
                        // No stage reads what it has made itself.
                        case .unknown?, nil: makers[element.digest]?.first { $0.stage != index }
                        }
                    var reading = Reading(input: name, digest: element.digest, source: maker)
                    if case .elsewhere(let output)? = source, output.gatheredStage == nil {
                        reading.elsewhere = output
                    }
                    if case .external? = source { reading.isFile = true }
                    return reading
                }
            }
        }
    }

    /// A stage that made an artifact, and the name of its output.
    private typealias Maker = (stage: Int, output: String)

    /// What the pipeline file says of the origin of an input's content.
    private enum Origin {
        case outside
        case maker(Maker)
        /// What it names had other content in this run, so that the file has changed.
        case unknown
    }

    private func origin(
        of content: Digest, _ source: Dataflow.Stage.Input.Source, _ position: Int, _ places: [String: Int]
    ) -> Origin {
        func artifact(_ reference: OutputReference) -> (place: Int, artifact: Artifact)? {
            guard let place = places[reference.stage.description],
                let artifact = stages[place].trace?.outputs[reference.output]
            else { return nil }
            return (place, artifact)
        }
        func made(_ reference: OutputReference) -> Maker? {
            artifact(reference).flatMap { place, artifact in
                artifact.digest == content ? (place, reference.output) : nil
            }
        }
        switch source {
        case .external, .elsewhere: return .outside
        case .output(let reference): return made(reference).map { .maker($0) } ?? .unknown
        case .member(let reference, let path, let digest):
            guard digest == content, let (place, artifact) = artifact(reference), artifact.shape == .tree
            else {
                return .unknown
            }
            return .maker((place, "\(reference.output)/\(path)"))
        case .gather(let references):
            if references.indices.contains(position), let maker = made(references[position]) {
                return .maker(maker)
            }
            // Optional outputs that are missing shift the others.
            return references.lazy.compactMap(made).first.map { .maker($0) } ?? .unknown
        }
    }

    /// Adds the files of directories that stages produced, as far as other stages read them individually.
    private func addMembers(to makers: inout [Digest: [Maker]], _ catalog: Catalog) throws {
        var wanted: Set<Digest> = []
        for stage in stages {
            for elements in (stage.trace?.material.inputs ?? [:]).values {
                for element in elements where makers[element.digest] == nil { wanted.insert(element.digest) }
            }
        }
        guard !wanted.isEmpty else { return }
        for (index, stage) in stages.enumerated() {
            for (name, artifact) in (stage.trace?.outputs ?? [:]).sorted(by: { $0.key < $1.key })
            where artifact.shape == .tree {
                // A collected directory no longer has entries.
                for entry in (try? catalog.entries(ofTree: artifact.digest)) ?? []
                where entry.kind != .directory && wanted.contains(entry.digest) {
                    makers[entry.digest, default: []].append((index, "\(name)/\(entry.path)"))
                }
            }
        }
    }

    /// The stages and all that they read from, directly or indirectly; with `isDownward`, and all that read from them.
    func reachable(from start: [Int], isDownward: Bool = false) -> [Int] {
        var next: [[Int]] = stages.map(\.sources)
        if isDownward {
            var readers = [[Int]](repeating: [], count: stages.count)
            for (reader, sources) in next.enumerated() {
                for source in sources { readers[source].append(reader) }
            }
            next = readers
        }
        var found = Set(start)
        var waiting = start
        while let stage = waiting.popLast() {
            for other in next[stage] where found.insert(other).inserted { waiting.append(other) }
        }
        return found.sorted()
    }
}

extension RunGraph {
    /// The stages as words on a command line name them.
    static func names(_ stages: [RunStageRecord], of run: RunRecord) -> StageNames {
        let ids = stages.map(\.stage)
        return StageNames(ids: ids, names: ids.map(StageID.name(of:)), lack: "run \(run.id) has no")
    }

    /// The stages that any of the words means, each once; all stages if there are no words.
    ///
    /// - Throws: `CommandFailure` with the nearest name.
    func stages(named words: [String], of run: RunRecord) throws -> [Int] {
        guard !words.isEmpty else { return Array(stages.indices) }
        let names = Self.names(stages.map(\.record), of: run)
        let found = try words.map { word in
            try names.indices(
                of: word,
                tagged: { tag in
                    throw CommandFailure.usage(
                        "runs do not record tags, so 'tag:\(tag)' cannot select stages of run \(run.id): name the stages"
                    )
                },
                sources: { reachable(from: $0) }, dependents: { reachable(from: $0, isDownward: true) })
        }
        return Set(found.joined()).sorted()
    }
}

extension Catalog {
    /// The stage of another pipeline whose latest result has an artifact, and the output's name; nil if there is none.
    func maker(
        of artifact: Digest, outside pipeline: String
    ) -> (pipeline: String, stage: String, output: String)? {
        // Content that is not in the store is an external file.
        guard let record = try? record(of: artifact) else { return nil }
        for producer in record.producers {
            for name in producer.stages {
                guard let colon = name.firstIndex(ofASCII: ":") else { continue }
                let other = String(name[..<colon])
                if other.hasSameBytes(as: pipeline) { continue }
                return (other, String(name.suffix(after: colon)), producer.output)
            }
        }
        return nil
    }
}
