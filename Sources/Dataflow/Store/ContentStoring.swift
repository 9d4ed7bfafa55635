public import Digests
public import Files

/// Takes artifacts in from files, and gives them out as files.
public protocol ContentStoring: Sendable {
    /// True if the store has the complete artifact.
    func holds(_ artifact: Digest) throws -> Bool

    /// Moves a finished output out of an attempt's folder, names it by its content and keeps it readable through
    /// `materialize`. The caller's path no longer exists afterwards.
    ///
    /// - Parameter isUnwanted: checked from time to time; if it returns true, the work ends with an error.
    func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact

    /// Makes an external source's content available to `materialize`, without a copy if possible.
    func adopt(_ source: ExternalSource, digest: Digest) throws

    /// Places an artifact at `path`, which must not exist, as read-only files, using hard links if possible.
    ///
    /// - Parameter isExecutable: true for an executable file.
    func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws

    /// Copies an artifact to `path` as ordinary writable files, atomically replacing existing ones.
    ///
    /// - Parameter isExecutable: true for an executable file.
    func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws

    /// The content of a file.
    func bytes(of artifact: Digest) throws -> [UInt8]

    /// The files in a tree.
    func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)]
}

extension ContentStoring {
    /// Takes a finished output out of an attempt's folder.
    public func capture(_ path: FilePath, shape: Artifact.Shape) throws -> Artifact {
        try capture(path, shape: shape) { false }
    }

    /// Places an artifact at `path`; a file is not executable.
    public func materialize(_ artifact: Digest, at path: FilePath) throws {
        try materialize(artifact, at: path, isExecutable: false)
    }

    /// Copies an artifact to `path`; a file is not executable.
    public func export(_ artifact: Digest, to path: FilePath) throws {
        try export(artifact, to: path, isExecutable: false)
    }
}
