public import Dataflow
public import Digests

/// What the pipelines of a store have published.
public struct Publications: PublicationRecording {
    let database: StoreDatabase

    /// The artifacts that a pipeline published last, by file name.
    public func all(ofPipeline pipeline: String) throws -> [String: Digest] {
        try database.lookUp { try $0.publications.all(ofPipeline: pipeline) }
    }

    /// Records what a pipeline has published, replacing the previous record.
    public func replace(_ publications: [String: Digest], ofPipeline pipeline: String) throws {
        try database.transaction { try $0.publications.replace(publications, ofPipeline: pipeline) }
    }
}
