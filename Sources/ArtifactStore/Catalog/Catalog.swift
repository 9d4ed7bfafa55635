public import Dataflow
public import Digests
internal import SQLite

/// What a store holds, for people: artifacts, what is in them, runs and their stages.
public struct Catalog: Sendable {
    let parts: StoreParts

    private var database: StoreDatabase { parts.database }

    /// The artifact that a person means.
    ///
    /// - Parameters:
    ///   - reference: `stage`, `stage.output`, `pipeline:stage.output` for a latest result, or at least four
    ///     hexadecimal digits that a digest begins with. A stage of this name comes first.
    ///   - pipeline: the pipeline that is meant if none is named; nil for the one that ran last.
    /// - Throws: `StoreError.missing` if there is none, `invalid` if there are several.
    public func resolve(_ reference: String, pipeline: String? = nil) throws -> Artifact {
        try database.current { try StageReference(reference, pipeline: pipeline).resolve($0) }
    }

    /// The artifacts that stages have made, the last used first.
    ///
    /// - Parameters:
    ///   - pipeline: only those that are the latest result of a stage of this pipeline; nil for all.
    ///   - stage: only those of this stage, or of all instances of the stage of this name; nil for all.
    ///   - limit: the most records.
    public func artifacts(
        ofPipeline pipeline: String? = nil, stage: String? = nil, limit: Int = 1_000_000
    ) throws -> [ArtifactRecord] {
        try database.current { tables in
            try tables.objects.made(pipeline: pipeline, stage: stage, limit: limit)
                .compactMap { try tables.objects.record($0) }
        }
    }

    /// What the store knows of one artifact, be it a log or a part of a tree.
    ///
    /// - Throws: `StoreError.missing` if it has none of this digest.
    public func record(of artifact: Digest) throws -> ArtifactRecord {
        try database.current { tables in
            guard let record = try tables.objects.record(tables.objects.id(of: artifact)) else {
                throw StoreError(.missing, "the store has no artifact \(artifact.abbreviated)")
            }
            return record
        }
    }

    /// What a tree holds, folders before what is in them, sorted by path; empty for a file. All of it is checked.
    ///
    /// - Throws: `StoreError.damaged` if anything is wrong; the tree is marked, and the next run makes it anew.
    public func entries(ofTree tree: Digest) throws -> [TreeEntry] {
        do {
            return try parts.entries(ofTree: tree)
        } catch {
            throw StoreError(error, store: database.path)
        }
    }

    /// Gives `body` an object's bytes, piece by piece, after all of them were compared with the digest.
    ///
    /// - Throws: `StoreError.damaged` if they differ; what is touched is marked, and the next run recomputes it.
    public func forEachPiece(of digest: Digest, _ body: ([UInt8]) throws -> Void) throws {
        try parts.reader.forEachPiece(of: digest, body)
    }

    /// The bytes of a small object, such as a log or a preview's file.
    ///
    /// - Parameter limit: the most bytes; a larger object is an error.
    public func bytes(of digest: Digest, limit: Int) throws -> [UInt8] {
        try parts.reader.bytes(of: digest, limit: limit)
    }

    /// The latest trace of the stage with this description.
    public func latestTrace(ofStage stage: String, inPipeline pipeline: String) throws -> Trace? {
        try database.lookUp { try $0.traces.latest(ofStage: stage, inPipeline: pipeline) }
    }

    /// The latest invocations, the newest first.
    public func runs(ofPipeline pipeline: String? = nil, limit: Int = 20) throws -> [RunRecord] {
        try database.current { try $0.runs.latest(ofPipeline: pipeline, limit: limit) }
    }

    /// The latest records of a stage, the newest first; a stage is named by its description, or by its name for all
    /// instances.
    public func stageRecords(
        ofStage stage: String, inPipeline pipeline: String? = nil, run: RunID? = nil, limit: Int = 20
    ) throws -> [StageRecord] {
        try database.current { try $0.runs.stages(stage, ofPipeline: pipeline, run: run, limit: limit) }
    }

    /// The artifacts that are known to be damaged.
    func damagedArtifacts() throws -> [ArtifactRecord] {
        try database.current { tables in
            try tables.objects.damaged().compactMap { digest in
                try tables.objects.record(tables.objects.id(of: digest))
            }
        }
    }

    /// Where the store's bytes are.
    public func usage() throws -> StoreUsage { try StoreUsage(of: parts) }
}
