package import Dataflow
package import Digests

/// A stage's result in the form in which it is transferred between stores: without the content of its outputs.
package struct ResultRecord: Codable, Sendable {
    package struct Object: Codable, Sendable {
        package let digest: Digest
        package let shape: String
        package let size: Int
        package let isExecutable: Bool
    }

    /// Why a record is not a valid result.
    package struct Mismatch: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    package let pipeline: String
    package let stage: String
    package let kind: String
    package let key: Digest
    package let material: KeyMaterial
    package let outputs: [String: Object]
    package let metrics: [String: Double]
    package let wallSeconds: Double
    package let cpuSeconds: Double
    package let peakMemory: Int
    package let log: Digest?
    package let confinement: String?
    package let pathSet: Digest?
    package let snapshot: Digest?
    package let accepted: Digest?

    /// The largest record, in bytes.
    package static let largest = 256 << 20

    package init(_ trace: Trace, pipeline: String, stage: String) {
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

    /// Whether a process can have such numbers.
    private var hasSensibleNumbers: Bool {
        [wallSeconds, cpuSeconds].allSatisfy { abs($0) <= StoreBounds.seconds }
            && (0...StoreBounds.size).contains(peakMemory)
    }

    /// Whether a text can be a name; the values in it may contain any characters.
    private static func isName(_ text: String) -> Bool {
        !text.utf8.isEmpty && text.utf8.count <= 1 << 20 && !text.utf8.contains(0)
    }

    /// The trace.
    ///
    /// - Throws: `Mismatch` if its key does not match its material, or a value is impossible: anyone may have made the record.
    package func trace() throws(Mismatch) -> Trace {
        let declared = Key(material)
        let discovered: Trace.Discovered? =
            if let pathSet, let snapshot {
                Trace.Discovered(declared: declared, pathSet: pathSet, snapshot: snapshot)
            } else {
                nil
            }
        let key = discovered.map { Key(declared: declared, snapshot: $0.snapshot) } ?? declared
        guard key.digest == self.key else {
            throw Mismatch(description: "the result of '\(stage)' does not match its key")
        }
        guard metrics.values.allSatisfy(\.isFinite), hasSensibleNumbers else {
            throw Mismatch(description: "the result of '\(stage)' has impossible numbers")
        }
        guard ([pipeline, stage, kind] + outputs.keys).allSatisfy(Self.isName) else {
            throw Mismatch(description: "a result has an impossible name")
        }
        var artifacts: [String: Artifact] = [:]
        for (name, object) in outputs {
            guard let shape = Artifact.Shape(rawValue: object.shape),
                (0...StoreBounds.size).contains(object.size)
            else { throw Mismatch(description: "the output '\(name)' of '\(stage)' cannot be read") }
            artifacts[name] = Artifact(
                digest: object.digest, shape: shape, size: object.size,
                isExecutable: shape == .file && object.isExecutable)
        }
        return Trace(
            key: key, material: material, outputs: artifacts, metrics: metrics,
            cost: Cost(wallSeconds: wallSeconds, cpuSeconds: cpuSeconds, peakMemory: peakMemory), log: log,
            confinement: confinement.flatMap { Trace.Confinement(rawValue: $0) }, discovered: discovered,
            accepted: accepted.map { Key($0) })
    }
}
