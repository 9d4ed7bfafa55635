public import Dataflow
public import Digests
public import Files
import FoundationEssentials
import Synchronization

/// A store in memory: what the engine's tests run on. Trees are kept as maps from path to bytes.
// The protocol documents its requirements.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
public final class InMemoryArtifactStore: ArtifactStoring {
    private enum Content: Sendable {
        case file(Data, isExecutable: Bool)
        case tree([String: Data])
    }

    private struct State: Sendable {
        var traces: [Key: Trace] = [:]
        var latest: [String: Trace] = [:]
        var contents: [Digest: Content] = [:]
        var claims: Set<Key> = []
        var results: [StageResult] = []
        var outcomes: [RunOutcome] = []
        var runs: [RunDescription] = []
        var heldElsewhere: Set<Key> = []
        var refused: Set<StageID> = []
        var isBroken = false
        var publications: [String: [String: Digest]] = [:]
        var nodes: [Digest: [UInt8]] = [:]

        func isWhole(_ trace: Trace) -> Bool {
            trace.outputs.values.allSatisfy { contents[$0.digest] != nil }
        }
    }

    private let state = Mutex(State())
    private let directory: FilePath

    /// An empty store that resolves outside paths against `directory`.
    public init(directory: FilePath) { self.directory = directory }

    /// All results that were committed, in order.
    public var results: [StageResult] { state.withLock { $0.results } }
    /// How the runs ended, in order.
    public var outcomes: [RunOutcome] { state.withLock { $0.outcomes } }

    /// Forgets an artifact's content, as if it were damaged.
    public func lose(_ artifact: Digest) { state.withLock { _ = $0.contents.removeValue(forKey: artifact) } }

    /// The bytes of a file artifact.
    public func content(of artifact: Digest) -> [UInt8]? {
        state.withLock { state in
            guard case .file(let data, _)? = state.contents[artifact] else { return nil }
            return Array(data)
        }
    }

    public func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)] {
        state.withLock { state in
            guard case .tree(let files)? = state.contents[artifact] else { return [] }
            return files.map { ($0, SHA256.digest(of: Array($1))) }
        }
    }

    public func bytes(of artifact: Digest) throws -> [UInt8] {
        guard let bytes = content(of: artifact) else {
            throw InMemoryStoreError(message: "no artifact \(artifact.abbreviated)")
        }
        return bytes
    }

    /// Lets another run hold a key, or no longer.
    public func holdElsewhere(_ key: Key, _ isHeld: Bool = true) {
        state.withLock { state in
            if isHeld { state.heldElsewhere.insert(key) } else { state.heldElsewhere.remove(key) }
        }
    }

    /// Adds a result that another run has made.
    public func add(_ trace: Trace) { state.withLock { $0.traces[trace.key] = trace } }

    /// Makes every commit of a stage's result fail.
    public func refuse(_ stage: StageID) { state.withLock { _ = $0.refused.insert(stage) } }

    /// Makes every lookup fail, as if the store were gone.
    public func lose() { state.withLock { $0.isBroken = true } }

    public func trace(for key: Key) throws -> Trace? {
        try state.withLock { state in
            if state.isBroken { throw InMemoryStoreError(message: "the store is broken") }
            guard let trace = state.traces[key] else { return nil }
            return state.isWhole(trace) ? trace : nil
        }
    }

    public func pathSets(of declared: Key) throws -> [Digest] {
        state.withLock { state in
            state.traces.values.compactMap { trace in
                trace.discovered?.declared == declared ? trace.discovered?.pathSet : nil
            }
        }
    }

    public func discoveryNode(_ digest: Digest) throws -> [UInt8]? { state.withLock { $0.nodes[digest] } }

    public func holds(_ artifact: Digest) throws -> Bool { state.withLock { $0.contents[artifact] != nil } }

    public func latestTrace(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        state.withLock { $0.latest[pipeline + "\u{0}" + stage.description] }
    }

    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        state.withLock { state in
            var result: [String: Double] = [:]
            for (name, trace) in state.latest where name.hasPrefix(pipeline + "\u{0}") {
                result[String(name.dropFirst(pipeline.count + 1))] = trace.cost.wallSeconds
            }
            return result
        }
    }

    public func digest(of source: ExternalSource) throws -> Digest {
        try read(FilePath(source.path).resolved(against: directory)).digest
    }

    public func isExecutable(_ source: ExternalSource) throws -> Bool {
        let path = FilePath(source.path).resolved(against: directory)
        guard case .file(_, let isExecutable) = try read(path).content else { return false }
        return isExecutable
    }

    public func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String
    ) throws {
        state.withLock { state in
            state.traces[trace.key] = trace
            state.nodes.merge(nodes?.all ?? [:]) { old, _ in old }
            state.latest[pipeline + "\u{0}" + stage.description] = trace
        }
    }

    public func adopt(_ source: ExternalSource, digest: Digest) throws {
        let (content, _) = try read(FilePath(source.path).resolved(against: directory))
        state.withLock { $0.contents[digest] = content }
    }

    /// How many keys are claimed.
    public var claimCount: Int { state.withLock { $0.claims.count } }

    public func claim(_ keys: [Key]) throws -> [Claim] {
        state.withLock { state in
            keys.map { key in
                if let trace = state.traces[key], state.isWhole(trace) { return .computed(trace) }
                if state.heldElsewhere.contains(key) { return .heldBy("another run") }
                return state.claims.insert(key).inserted ? .granted : .heldBy("this run")
            }
        }
    }

    public func release(_ keys: [Key]) throws { state.withLock { $0.claims.subtract(keys) } }

    public func renewClaims() throws {}

    public func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact {
        guard !isUnwanted() else { throw InMemoryStoreError(message: "the output is not wanted any more") }
        let (content, digest) = try read(path)
        state.withLock { state in
            state.contents[digest] = content
            guard case .tree(let files) = content else { return }
            for data in files.values {
                state.contents[SHA256.digest(of: Array(data))] = .file(data, isExecutable: false)
            }
        }
        try FileManager.default.removeItem(atPath: path.text)
        let size =
            switch content {
            case .file(let data, _): data.count
            case .tree(let files): files.values.reduce(0) { $0 + $1.count }
            }
        let isExecutable = if case .file(_, let flag) = content { flag } else { false }
        return Artifact(digest: digest, shape: shape, size: size, isExecutable: isExecutable)
    }

    public func commit(_ results: [StageResult], run: RunID) throws {
        try state.withLock { state in
            if let result = results.first(where: { state.refused.contains($0.stage) }) {
                throw InMemoryStoreError(message: "\(result.stage) is refused")
            }
            let pipeline = state.runs[run.number].pipeline
            for result in results {
                state.results.append(result)
                guard let trace = result.trace else { continue }
                state.latest[pipeline + "\u{0}" + result.stage.description] = trace
                if result.disposition == .ran {
                    state.traces[trace.key] = trace
                    state.nodes.merge(result.nodes?.all ?? [:]) { old, _ in old }
                    state.claims.remove(result.claim ?? trace.key)
                }
            }
        }
    }

    public func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        try write(artifact, to: path)
        if isExecutable { try FileSystem.setMode(0o555, of: path) }
    }

    public func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {
        try? FileManager.default.removeItem(atPath: path.text)
        try write(artifact, to: path)
        if isExecutable { try FileSystem.setMode(0o755, of: path) }
    }

    public func publications(ofPipeline pipeline: String) throws -> [String: Digest] {
        state.withLock { $0.publications[pipeline] ?? [:] }
    }

    public func recordPublications(_ publications: [String: Digest], ofPipeline pipeline: String) throws {
        state.withLock { $0.publications[pipeline] = publications }
    }

    public func beginRun(_ description: RunDescription) throws -> RunID {
        state.withLock { state in
            state.runs.append(description)
            return RunID(state.runs.count - 1)
        }
    }

    public func endRun(_ run: RunID, outcome: RunOutcome) throws {
        state.withLock { $0.outcomes.append(outcome) }
    }

    private func read(_ path: FilePath) throws -> (content: Content, digest: Digest) {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path.text, isDirectory: &isDirectory) else {
            throw InMemoryStoreError(message: "\(path) does not exist")
        }
        guard isDirectory else {
            let data = try Data(contentsOf: URL(filePath: path.text))
            let isExecutable = FileManager.default.isExecutableFile(atPath: path.text)
            return (.file(data, isExecutable: isExecutable), SHA256.digest(of: Array(data)))
        }
        var files: [String: Data] = [:]
        var listing = ""
        for name in try FileManager.default.subpathsOfDirectory(atPath: path.text).sorted() {
            var isFolder = false
            let inner = path.appending(name).text
            _ = FileManager.default.fileExists(atPath: inner, isDirectory: &isFolder)
            guard !isFolder else { continue }
            let data = try Data(contentsOf: URL(filePath: inner))
            files[name] = data
            listing += "\(name)\u{0}\(SHA256.digest(of: Array(data)))\n"
        }
        return (.tree(files), SHA256.digest(of: listing))
    }

    private func write(_ artifact: Digest, to path: FilePath) throws {
        guard let content = state.withLock({ $0.contents[artifact] }) else {
            throw InMemoryStoreError(message: "no artifact \(artifact.abbreviated)")
        }
        switch content {
        case .file(let data, _): try data.write(to: URL(filePath: path.text))
        case .tree(let files):
            for (name, data) in files.sorted(by: { $0.key < $1.key }) {
                let target = path.appending(name)
                try FileManager.default.createDirectory(
                    atPath: target.parent.text, withIntermediateDirectories: true)
                try data.write(to: URL(filePath: target.text))
            }
        }
    }
}

/// What an in-memory store could not do.
public struct InMemoryStoreError: Error, Sendable, CustomStringConvertible {
    /// The sentence.
    public let message: String

    /// An error with a sentence.
    public init(message: String) { self.message = message }

    /// The sentence.
    public var description: String { message }
}
