import Dataflow
import Digests
import Files
import JSON
import StageSchemas
import Synchronization

/// The store of an attempt on another machine: inputs come from the shared folder, outputs go there. It knows no results.
final class NodeStore: ArtifactStoring {
    private struct State {
        var captured: [Digest: FilePath] = [:]
        var adopted: [Digest: String] = [:]
        var result: StageResult?
    }

    private let request: NodeRequest
    private let shared: SharedFolder
    private let job: SharedJob
    private let traces: [Key: Trace]
    private let state = Mutex(State())

    init(_ request: NodeRequest, _ job: SharedJob, in shared: SharedFolder) throws {
        self.request = request
        self.shared = shared
        self.job = job
        var traces: [Key: Trace] = [:]
        for upstream in request.upstreams {
            let material = KeyMaterial(
                .command(KeyMaterial.Command(text: NodeStore.text(of: upstream.stage), outputs: [:])))
            let outputs = try upstream.outputs.mapValues { try $0.artifact() }
            traces[Key(material)] = Trace(key: Key(material), material: material, outputs: outputs)
        }
        self.traces = traces
    }

    /// What stands for a stage whose outputs are given.
    static func stub(for upstream: NodeRequest.Upstream) -> Stage {
        Stage(
            id: upstream.stage, work: .command(Stage.Command(segments: [.text(text(of: upstream.stage))])),
            outputs: upstream.absent.map { Stage.Output(name: $0, fileName: $0, isOptional: true) },
            // Of what is observed, only observed results would count.
            permissions: Stage.Permissions(isConfined: false))
    }

    private static func text(of stage: StageID) -> String { "given: \(stage)" }

    /// The result of the attempt, once it is there.
    var result: StageResult? { state.withLock { $0.result } }

    /// The file that was captured under a digest.
    func place(of digest: Digest) -> FilePath? { state.withLock { $0.captured[digest] } }

    func trace(for key: Key) throws -> Trace? { traces[key] }

    func pathSets(of declared: Key) throws -> [Digest] { [] }

    func discoveryNode(_ digest: Digest) throws -> [UInt8]? { nil }

    func holds(_ artifact: Digest) throws -> Bool { true }

    func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? { nil }

    func latestDurations(inPipeline pipeline: String) throws -> [String: Double] { [:] }

    /// The digest that the driver has found, if the file is as the driver has seen it; of any other file, its own.
    func digest(of source: ExternalSource) throws -> Digest {
        let path = FilePath(source.path)
        guard let known = request.sources[source.path], let digest = Digest(hexadecimal: known.digest) else {
            return try FileDigest.digest(of: path)
        }
        if source.shape == .matches { return digest }
        let status: FileStatus
        do {
            status = try FileStatus(of: path)
        } catch {
            throw NodeTrouble("\(error); the working directory must be the same on all machines")
        }
        guard let size = known.size else { return digest }
        if status.size == size, status.modified == known.modified { return digest }
        let found = try FileDigest.digest(of: path)
        guard found == digest else {
            throw NodeTrouble("\(source.path) is not what it is where the run was started")
        }
        return digest
    }

    func adopt(_ source: ExternalSource, digest: Digest) throws {
        let path = FilePath(source.path).resolved(against: FileSystem.workingDirectory())
        state.withLock { $0.adopted[digest] = path.text }
    }

    func claim(_ keys: [Key]) throws -> [Claim] { keys.map { _ in .granted } }

    func release(_ keys: [Key]) throws {}

    func renewClaims() throws {}

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

    func commit(_ results: [StageResult], run: RunID) throws {
        let own = results.first { $0.stage == request.stage.id }
        state.withLock { $0.result = own ?? $0.result }
    }

    func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        if let source = state.withLock({ $0.adopted[artifact] }) {
            return try FileSystem.symbolicLink(to: FilePath(source), at: path)
        }
        guard !isExecutable else {
            // The file of the content is shared with those that are not executable.
            return try FileContents.copy(shared.object(artifact), to: path, permissions: 0o555)
        }
        try LinkedTree.link(shared.object(artifact), at: path)
    }

    func bytes(of artifact: Digest) throws -> [UInt8] { try FileContents.read(shared.object(artifact)) }

    func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)] { [] }

    func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {}

    /// As the driver has seen it.
    func isExecutable(_ source: ExternalSource) throws -> Bool {
        if let known = request.sources[source.path] { return known.isExecutable }
        let status = try FileStatus(of: FilePath(source.path))
        return status.kind == .file && status.isExecutable
    }

    func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String
    ) throws {}

    func publications(ofPipeline pipeline: String) throws -> [String: Digest] { [:] }

    func recordPublications(_ publications: [String: Digest], ofPipeline pipeline: String) throws {}

    func beginRun(_ description: RunDescription) throws -> RunID { RunID(0) }

    func endRun(_ run: RunID, outcome: RunOutcome) throws {}
}

extension NodeRequest.Object {
    init(_ artifact: Artifact) {
        self.init(
            digest: artifact.digest.hexadecimal, shape: artifact.shape.rawValue, size: artifact.size,
            isExecutable: artifact.isExecutable)
    }

    fileprivate func artifact() throws -> Artifact {
        guard let digest = Digest(hexadecimal: digest), let shape = Artifact.Shape(rawValue: shape) else {
            throw NodeTrouble("the request is damaged")
        }
        return Artifact(digest: digest, shape: shape, size: size, isExecutable: isExecutable)
    }
}

/// Why an attempt cannot be made on another machine.
struct NodeTrouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The digests of files outside the store.
enum FileDigest {
    static func digest(of path: FilePath) throws -> Digest {
        var digest = SHA256()
        let file = try File(path, .reading)
        while true {
            let bytes = try file.read(upTo: 1 << 20)
            if bytes.isEmpty { return digest.finalize() }
            digest.update(bytes)
        }
    }
}

/// Files and folders whose files are hard links, so that nothing is copied.
enum LinkedTree {
    /// Links a file, or a folder's files, at a path that does not exist.
    static func link(_ source: FilePath, at path: FilePath) throws {
        guard try FileStatus(of: source, followsLinks: false).kind == .directory else {
            do {
                try FileSystem.link(source, at: path)
            } catch {
                guard error.isCrossDevice || error.isDenied else { throw error }
                try FileContents.copy(source, to: path, permissions: 0o444, synchronizes: false)
            }
            return
        }
        try FileSystem.makeDirectory(path)
        for name in try FileSystem.names(in: source) {
            try link(source.appending(name), at: path.appending(name))
        }
    }

    /// Moves a file or folder to a path that does not exist, to another file system if need be.
    static func move(_ source: FilePath, to path: FilePath) throws {
        do {
            try FileSystem.rename(source, to: path)
        } catch {
            guard error.isCrossDevice else { throw error }
            try copy(source, to: path)
            try FileSystem.removeTree(source)
        }
    }

    private static func copy(_ source: FilePath, to path: FilePath) throws {
        let status = try FileStatus(of: source, followsLinks: false)
        guard status.kind == .directory else {
            return try FileContents.copy(
                source, to: path, permissions: status.isExecutable ? 0o755 : 0o644, synchronizes: false)
        }
        try FileSystem.makeDirectory(path)
        for name in try FileSystem.names(in: source) {
            try copy(source.appending(name), to: path.appending(name))
        }
    }
}
