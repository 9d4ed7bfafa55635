public import Dataflow
public import Digests
internal import SQLite

/// Answers questions from users: artifacts and their contents, runs and their stages.
public struct Catalog: Sendable {
    let parts: StoreParts

    var database: StoreDatabase { parts.database }

    /// The artifact that a user refers to.
    ///
    /// - Parameters:
    ///   - reference: `stage`, `stage.output` or `pipeline:stage.output` for a latest result, or a digest prefix of at
    ///   least
    ///     four hexadecimal digits. Stage names take precedence.
    ///   - pipeline: the pipeline to use if the reference does not name one; nil for the one that ran last.
    /// - Throws: `StoreError.missing` if there is none, `invalid` if there are several.
    public func resolve(_ reference: String, pipeline: String? = nil) throws -> Artifact {
        try database.current { try StageReference(reference, pipeline: pipeline).resolve($0) }
    }

    /// The pipelines that have the stage that a reference without a pipeline names, most recently run first; empty for other
    /// references.
    public func pipelines(withOutput reference: String) throws -> [String] {
        try database.current { try StageReference(reference, pipeline: nil).pipelines($0) }
    }

    /// The artifacts that stages have produced, most recently used first.
    ///
    /// - Parameters:
    ///   - pipeline: only those that are the latest result of a stage of this pipeline; nil for all.
    ///   - stage: only those of this stage, or of all instances of the stage with this name; nil for all.
    ///   - limit: the maximum number of records.
    public func artifacts(
        ofPipeline pipeline: String? = nil, stage: String? = nil, limit: Int = 1_000_000
    ) throws -> [ArtifactRecord] {
        try database.current { tables in
            try tables.objects.made(pipeline: pipeline, stage: stage, limit: limit)
                .compactMap { try tables.objects.record($0) }
        }
    }

    /// What the store knows about one artifact, which can also be a log or a part of a tree.
    ///
    /// - Throws: `StoreError.missing` if there is no artifact with this digest.
    public func record(of artifact: Digest) throws -> ArtifactRecord {
        try database.current { tables in
            guard let record = try tables.objects.record(tables.objects.id(of: artifact)) else {
                throw StoreError(.missing, "the store has no artifact \(artifact.abbreviated)")
            }
            return record
        }
    }

    /// The entries of a tree, folders before their contents, sorted by path; empty for a file. All of it is checked.
    ///
    /// - Throws: `StoreError.damaged` if anything is wrong; the tree is marked, and the next run recomputes it.
    public func entries(ofTree tree: Digest) throws -> [TreeEntry] {
        try parts.convertingErrors { try parts.entries(ofTree: tree) }
    }

    /// Calls `body` with an object's bytes, piece by piece, after comparing all of them with the digest.
    ///
    /// - Throws: `StoreError.damaged` if they differ; everything affected is marked, and the next run recomputes it.
    public func forEachPiece(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        try parts.reader.forEachPiece(of: digest, body)
    }

    /// The bytes of a small object, such as a log or a file to preview.
    ///
    /// - Parameter limit: the maximum number of bytes; a larger object is an error.
    public func bytes(of digest: Digest, limit: Int) throws -> [UInt8] {
        try parts.reader.bytes(of: digest, limit: limit)
    }

    /// The latest invocations, newest first.
    public func runs(ofPipeline pipeline: String? = nil, limit: Int = 20) throws -> [RunRecord] {
        try database.current { try $0.runs.latest(ofPipeline: pipeline, limit: limit) }
    }

    /// The run with this number; nil if there is none.
    public func run(_ id: RunID) throws -> RunRecord? { try database.current { try $0.runs.run(id) } }

    /// The latest run with this name; nil if there is none.
    public func run(named name: String) throws -> RunRecord? {
        try database.current { try $0.runs.run(named: name) }
    }

    /// What happened to each stage in a run, by name.
    public func stages(of run: RunID) throws -> [RunStageRecord] {
        try database.current { try $0.runs.stages(of: run) }
    }

    /// The latest run in which a stage made an artifact or read it; nil if there is none.
    public func latestRun(with artifact: Digest) throws -> RunID? {
        try database.current { try $0.runs.latest(with: artifact) }
    }

    /// The latest run in which a stage made an artifact; nil if there is none.
    ///
    /// - Parameters:
    ///   - stage: the stage's description; nil for any.
    ///   - pipeline: the pipeline; nil for any.
    public func latestRun(
        making artifact: Digest, stage: String? = nil, pipeline: String? = nil
    ) throws -> RunID? {
        try database.current { try $0.runs.latest(making: artifact, stage: stage, pipeline: pipeline) }
    }

    /// The metrics of each stage of a run that has some, by name.
    public func metrics(of run: RunID) throws -> [(stage: String, metrics: [String: Double])] {
        try database.current { try $0.runs.metrics(of: run) }
    }

    /// The run that made each stage's result in a run, and when it began; without results that no run made.
    public func origins(ofResultsIn run: RunID) throws -> [String: (run: RunID, started: Double?)] {
        let origins = try database.current { try $0.runs.origins(ofResultsIn: run) }
        return Dictionary(origins.map { ($0.stage, (run: $0.run, started: $0.started)) }) { first, _ in first
        }
    }

    /// The last known path of each of some external files.
    public func sourcePaths(of digests: Set<Digest>) throws -> [Digest: String] {
        try database.current { try $0.sources.paths(of: digests) }
    }

    /// A trace that a run produced or reused; its outputs may be damaged. Nil if it was collected.
    public func trace(_ id: TraceID) throws -> Trace? { try database.lookUp { try $0.traces.trace(id) } }

    /// The latest records of a stage, newest first; a stage is named by its description, or by its name for all
    /// instances.
    public func stageRecords(
        ofStage stage: String, inPipeline pipeline: String? = nil, run: RunID? = nil, limit: Int = 20
    ) throws -> [StageRecord] {
        try database.current { try $0.runs.stages(stage, ofPipeline: pipeline, run: run, limit: limit) }
    }

    /// The artifacts that are known to be damaged.
    func damagedArtifacts() throws -> [ArtifactRecord] {
        // One snapshot: they may be collected at any time.
        try database.snapshot {
            try database.lookUp { tables in
                try tables.objects.damaged().compactMap { digest in
                    try tables.objects.record(tables.objects.id(of: digest))
                }
            }
        }
    }

    /// How the store uses its space.
    public func usage() throws -> StoreUsage { try StoreUsage(of: parts) }
}
