public import Digests

/// Records which artifacts pipelines have published.
public protocol PublicationRecording: Sendable {
    /// The artifacts that a pipeline published last, by file name.
    func all(ofPipeline pipeline: String) throws -> [String: Digest]

    /// Records what a pipeline has published, replacing the previous record.
    func replace(_ publications: [String: Digest], ofPipeline pipeline: String) throws
}
