import Dataflow
import Digests
import Files

/// The store of an attempt on another machine: inputs come from the shared folder, and outputs go there. It only knows the
/// results that the driver has sent.
struct NodeStore: ArtifactStoring {
    let traces: GivenTraces
    let discoveries = NoDiscoveries()
    let artifacts: NodeArtifacts
    let sources: NodeSources
    let claims = GrantedClaims()
    let runs: SingleResult
    let publications = NoPublications()

    init(_ request: NodeRequest, _ job: SharedJob, in shared: SharedFolder) throws {
        traces = try GivenTraces(request.upstreams)
        artifacts = NodeArtifacts(job: job, shared: shared)
        sources = NodeSources(known: request.sources)
        runs = SingleResult(of: request.stage.id)
    }

    /// The traces of the stages whose outputs the driver has sent.
    struct GivenTraces: TraceStoring {
        private let traces: [Key: Trace]

        fileprivate init(_ upstreams: [NodeRequest.Upstream]) throws {
            var traces: [Key: Trace] = [:]
            for upstream in upstreams {
                let material = KeyMaterial(
                    .command(KeyMaterial.Command(text: Self.text(of: upstream.stage), outputs: [:])))
                let outputs = try upstream.outputs.mapValues { try $0.artifact() }
                traces[Key(material)] = Trace(key: Key(material), material: material, outputs: outputs)
            }
            self.traces = traces
        }

        /// A placeholder for a stage whose outputs are given.
        static func stub(for upstream: NodeRequest.Upstream) -> Stage {
            Stage(
                id: upstream.stage,
                work: .command(Stage.Command(segments: [.text(text(of: upstream.stage))])),
                outputs: upstream.absent.map { Stage.Output(name: $0, fileName: $0, isOptional: true) },
                // For observed stages, only observed results would count.
                permissions: Stage.Permissions(isConfined: false))
        }

        private static func text(of stage: StageID) -> String { "given: \(stage)" }

        func trace(of key: Key) throws -> Trace? { traces[key] }

        func latest(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? { nil }

        func latestDurations(inPipeline pipeline: String) throws -> [String: Double] { [:] }

        func accept(
            _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String
        ) throws {}
    }

    /// No discoveries: the driver has looked them up.
    struct NoDiscoveries: DiscoveryStoring {
        func pathSets(of declared: Key) throws -> [Digest] { [] }
        func node(_ digest: Digest) throws -> [UInt8]? { nil }
    }

    /// Claims that are always granted: the driver holds them.
    struct GrantedClaims: KeyClaiming {
        func acquire(_ keys: [Key]) throws -> [Claim] { keys.map { _ in .granted } }
        func release(_ keys: [Key]) throws {}
        func renew() throws {}
    }

    /// No publications: the driver publishes.
    struct NoPublications: PublicationRecording {
        func all(ofPipeline pipeline: String) throws -> [String: Digest] { [:] }
        func replace(_ publications: [String: Digest], ofPipeline pipeline: String) throws {}
    }
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
