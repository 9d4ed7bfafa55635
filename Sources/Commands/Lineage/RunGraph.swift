import ArtifactStore
import Dataflow
import Digests
import Texts

/// The stages of a run with their results, and which outputs each read: found by content, so it needs no pipeline file.
struct RunGraph {
    /// An input of a stage, or one of the artifacts gathered in it.
    struct Reading {
        let input: String
        let digest: Digest
        /// The stage that made it, and the output's name; nil for a file from outside.
        let source: (stage: Int, output: String)?
    }

    struct Stage {
        let record: RunStageRecord
        /// Nil if it has no result, or the result was collected.
        let trace: Trace?
        fileprivate(set) var readings: [Reading] = []

        /// The stages that it reads from, in ascending order.
        var sources: [Int] { Set(readings.compactMap { $0.source?.stage }).sorted() }
    }

    private(set) var stages: [Stage]

    init(of run: RunID, _ catalog: Catalog) throws {
        stages = try catalog.stages(of: run).map { record in
            Stage(record: record, trace: try record.trace.flatMap { try catalog.trace($0) })
        }
        // If several stages have the same content, the first by name stands for all of them.
        var makers: [Digest: (stage: Int, output: String)] = [:]
        for (index, stage) in stages.enumerated() {
            for (name, artifact) in (stage.trace?.outputs ?? [:]).sorted(by: { $0.key < $1.key })
            where makers[artifact.digest] == nil {
                makers[artifact.digest] = (index, name)
            }
        }
        try addMembers(to: &makers, catalog)
        for index in stages.indices {
            let inputs = (stages[index].trace?.material.inputs ?? [:]).sorted { $0.key < $1.key }
            stages[index].readings = inputs.flatMap { name, elements in
                elements.map { element in
                    let maker = makers[element.digest]
                    return Reading(
                        input: name, digest: element.digest, source: maker?.stage == index ? nil : maker)
                }
            }
        }
    }

    /// Adds the files of directories that stages produced, as far as other stages read them individually.
    private func addMembers(
        to makers: inout [Digest: (stage: Int, output: String)], _ catalog: Catalog
    ) throws {
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
                where entry.kind != .directory && wanted.contains(entry.digest) && makers[entry.digest] == nil
                {
                    makers[entry.digest] = (index, "\(name)/\(entry.path)")
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
