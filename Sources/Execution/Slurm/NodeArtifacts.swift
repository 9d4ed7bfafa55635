import Dataflow
import Digests
import Files
import Synchronization

/// The content that an attempt on another machine reads and produces.
final class NodeArtifacts: ContentStoring {
    private struct State {
        var captured: [Digest: FilePath] = [:]
        var adopted: [Digest: String] = [:]
    }

    private let job: SharedJob
    private let shared: SharedFolder
    private let state = Mutex(State())

    init(job: SharedJob, shared: SharedFolder) {
        self.job = job
        self.shared = shared
    }

    /// The file that was captured under a digest.
    func place(of digest: Digest) -> FilePath? { state.withLock { $0.captured[digest] } }

    func holds(_ artifact: Digest) throws -> Bool { true }

    /// Moves an output, or the log, to where the driver takes it from. The digest is only a name: the driver computes it.
    func capture(_ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool) throws -> Artifact {
        let isLog = path.lastComponent == "log" && path.parent.parent == job.attempts
        let count = state.withLock { $0.captured.count }
        let place = isLog ? job.log : job.outputs.appending("\(count)")
        let digest = SHA256.digest(of: place.text)
        let size = try FileStatus(of: path, followsLinks: false).size
        try FileSystem.makeDirectories(place.parent)
        try FileSystem.removeTree(place)
        try FileSystem.rename(path, to: place)
        state.withLock { $0.captured[digest] = place }
        return Artifact(digest: digest, shape: shape, size: size)
    }

    func adopt(_ source: ExternalSource, digest: Digest) throws {
        let path = FilePath(source.path).resolved(against: FileSystem.workingDirectory())
        state.withLock { $0.adopted[digest] = path.text }
    }

    func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        if let source = state.withLock({ $0.adopted[artifact] }) {
            return try FileSystem.symbolicLink(to: FilePath(source), at: path)
        }
        guard !isExecutable else {
            // The file is shared with outputs of the same content that are not executable.
            return try FileContents.copy(shared.object(artifact), to: path, permissions: 0o555)
        }
        try LinkedTree.link(shared.object(artifact), at: path)
    }

    func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {}

    func bytes(of artifact: Digest) throws -> [UInt8] { try FileContents.read(shared.object(artifact)) }

    func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)] { [] }
}
