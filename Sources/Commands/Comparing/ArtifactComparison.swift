import ArtifactStore
import Dataflow
import Digests
import Files
import StageSchemas
import Texts

/// What differs between an output of one run and the same output of another.
struct ArtifactComparison {
    let findings: Findings
    /// `{"artifact", "before": {"run", "digest", "size"}, "after", "format", …}`: the rest depends on the format.
    let document: Value

    /// Compares the output `reference`, which is `stage` or `stage.output`.
    ///
    /// - Parameter key: the column that identifies a table's rows; nil for `id` or the order.
    /// - Throws: `CommandFailure` if a run has no such output, or its content was collected.
    init(
        _ reference: String, _ before: RunRecord, _ after: RunRecord, key: String?, store: ArtifactStore,
        session: Session
    ) throws {
        let name = OutputName(reference)
        let old = try name.find(in: before, store.catalog)
        let new = try name.find(in: after, store.catalog)
        var findings = Findings()
        var fields: [String: Value] = [
            "artifact": .string(reference), "before": Self.fields(before, old),
            "after": Self.fields(after, new),
        ]
        if old == new {
            findings.add(
                reference, ["the same in run \(before.id) and run \(after.id): \(old.digest.abbreviated)"])
            fields["format"] = "same"
        } else {
            let content = try Self.content(old, new, key: key, store: store, session: session)
            findings.add(
                "\(reference), run \(before.id) → run \(after.id)",
                [
                    "\(old.digest.abbreviated) (\(Amounts.bytes(old.size))) → "
                        + "\(new.digest.abbreviated) (\(Amounts.bytes(new.size)))"
                ] + content.sentences)
            findings.sections += content.sections
            fields.merge(content.fields) { first, _ in first }
        }
        self.findings = findings
        document = .map(fields)
    }

    private static func fields(_ run: RunRecord, _ artifact: Artifact) -> Value {
        [
            "run": .integer(run.id.number), "digest": .string(artifact.digest.hexadecimal),
            "size": .integer(artifact.size),
        ]
    }

    private static func content(
        _ old: Artifact, _ new: Artifact, key: String?, store: ArtifactStore, session: Session
    ) throws -> ContentDifference {
        guard old.shape == new.shape else {
            return ContentDifference(
                format: "shape", sentences: ["was a \(old.shape.rawValue), is a \(new.shape.rawValue)"])
        }
        if old.shape == .tree {
            return TreeComparison(
                try store.catalog.entries(ofTree: old.digest), try store.catalog.entries(ofTree: new.digest)
            ).difference
        }
        let folder = try session.makeTemporaryFolder()
        defer { try? FileSystem.removeTree(folder) }
        let (left, right) = (folder.appending("before"), folder.appending("after"))
        try store.artifacts.materialize(old.digest, at: left)
        try store.artifacts.materialize(new.digest, at: right)
        do {
            return try FileComparison(before: left, after: right, key: key).difference()
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.stageFailed, "the artifacts cannot be compared: \(error)")
        }
    }
}

extension OutputName {
    /// The output's artifact in a run.
    fileprivate func find(in run: RunRecord, _ catalog: Catalog) throws -> Artifact {
        let stages = try catalog.stages(of: run.id)
        guard let record = stages.first(where: { $0.stage.hasSameBytes(as: stage) }) else {
            let instances = stages.filter { StageID.name(of: $0.stage).hasSameBytes(as: stage) }.map(\.stage)
            guard instances.isEmpty else {
                let shown = instances.prefix(8).joined(separator: ", ")
                throw CommandFailure.usage("'\(stage)' has several instances; name one, such as \(shown)")
            }
            throw RunGraph.names(stages, of: run).missing(stage, word: stage)
        }
        guard let trace = try record.trace.flatMap({ try catalog.trace($0) }) else {
            let fate =
                switch record.disposition {
                case .failed: "it failed"
                case .skipped, .canceled: "it was \(record.disposition.rawValue)"
                case .ran, .cached: "the result was collected"
                }
            throw CommandFailure.usage("run \(run.id) has no result of '\(stage)': \(fate)")
        }
        let names = trace.outputs.keys.sorted { $0.precedesByBytes($1) }
        if let output {
            if let artifact = trace.outputs[output] { return artifact }
            let hint = didYouMean(output, among: names) ?? "; it has " + names.joined(separator: ", ")
            throw CommandFailure.usage("in run \(run.id), '\(stage)' has no output '\(output)'\(hint)")
        }
        guard names.count == 1, let only = names.first, let artifact = trace.outputs[only] else {
            let choices = names.map { stage + "." + $0 }.joined(separator: ", ")
            throw CommandFailure.usage("'\(stage)' has several outputs; name one of \(choices)")
        }
        return artifact
    }
}
