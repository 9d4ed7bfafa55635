public import Digests

/// Names files and directories outside the pipeline by their content.
public protocol SourceReading: Sendable {
    /// The digest of a source, which is read again only if its status has changed.
    func digest(of source: ExternalSource) throws -> Digest

    /// The digest of a file, and the number of bytes read for it; nil if that would exceed a limit.
    func digest(
        of source: ExternalSource, readingAtMost limit: Int
    ) throws -> (digest: Digest, bytesRead: Int)?

    /// True if a source is an executable file.
    func isExecutable(_ source: ExternalSource) throws -> Bool
}

extension SourceReading {
    /// The digest of a file.
    public func digest(
        of source: ExternalSource, readingAtMost limit: Int
    ) throws -> (digest: Digest, bytesRead: Int)? { (try digest(of: source), 0) }
}
