internal import Dataflow
internal import Digests

/// A stage's result in a bundle.
struct BundleRecord: Codable {
    struct Object: Codable {
        let digest: Digest
        let shape: String
        let size: Int
        let isExecutable: Bool
    }

    let pipeline: String
    let stage: String
    let kind: String
    let key: Digest
    let material: KeyMaterial
    let outputs: [String: Object]
    let metrics: [String: Double]
    let wallSeconds: Double
    let cpuSeconds: Double
    let peakMemory: Int
    let log: Digest?
    let confinement: String?
    let pathSet: Digest?
    let snapshot: Digest?
    let accepted: Digest?

    init(_ trace: Trace, pipeline: String, stage: String) {
        self.pipeline = pipeline
        self.stage = stage
        kind = trace.material.work.kindName
        key = trace.key.digest
        material = trace.material
        outputs = trace.outputs.mapValues {
            Object(digest: $0.digest, shape: $0.shape.rawValue, size: $0.size, isExecutable: $0.isExecutable)
        }
        metrics = trace.metrics
        wallSeconds = trace.cost.wallSeconds
        cpuSeconds = trace.cost.cpuSeconds
        peakMemory = trace.cost.peakMemory
        log = trace.log
        confinement = trace.confinement?.rawValue
        pathSet = trace.discovered?.pathSet
        snapshot = trace.discovered?.snapshot
        accepted = trace.accepted?.digest
    }

    /// Whether the numbers can be those of a process.
    private var hasSensibleNumbers: Bool {
        [wallSeconds, cpuSeconds].allSatisfy { abs($0) <= StoreBounds.seconds }
            && (0...StoreBounds.size).contains(peakMemory)
    }

    /// Whether a text can be the name of something; values in it may have any characters.
    private static func isName(_ text: String) -> Bool {
        !text.utf8.isEmpty && text.utf8.count <= 1 << 20 && !text.utf8.contains(0)
    }

    /// The trace, if its key is that of its material.
    func trace() throws -> Trace {
        let declared = Key(material)
        let discovered: Trace.Discovered? =
            if let pathSet, let snapshot {
                Trace.Discovered(declared: declared, pathSet: pathSet, snapshot: snapshot)
            } else {
                nil
            }
        let key = discovered.map { Key(declared: declared, snapshot: $0.snapshot) } ?? declared
        guard key.digest == self.key, metrics.values.allSatisfy(\.isFinite), hasSensibleNumbers,
            ([pipeline, stage, kind] + outputs.keys).allSatisfy(Self.isName)
        else {
            throw StoreError(.invalid, "the bundle is damaged: a result in it is not what its key says")
        }
        let artifacts = try outputs.mapValues { object in
            guard let shape = Artifact.Shape(rawValue: object.shape),
                (0...StoreBounds.size).contains(object.size)
            else {
                throw StoreError(.invalid, "the bundle is damaged: an output of '\(stage)' cannot be read")
            }
            return Artifact(
                digest: object.digest, shape: shape, size: object.size, isExecutable: object.isExecutable)
        }
        return Trace(
            key: key, material: material, outputs: artifacts, metrics: metrics,
            cost: Cost(wallSeconds: wallSeconds, cpuSeconds: cpuSeconds, peakMemory: peakMemory), log: log,
            confinement: confinement.flatMap { Trace.Confinement(rawValue: $0) }, discovered: discovered,
            accepted: accepted.map { Key($0) })
    }
}
