internal import Dataflow
internal import Digests

/// How a user names an artifact: `stage`, `stage.output`, `pipeline:stage.output`, or a digest prefix.
struct StageReference {
    private let text: String
    private let name: OutputName
    let pipeline: String?
    private var stage: String { name.stage }

    /// - Parameter pipeline: the pipeline to use if the text does not name one.
    init(_ text: String, pipeline: String?) {
        self.text = text
        name = OutputName(text)
        self.pipeline = name.pipeline ?? pipeline
    }

    /// The artifact that it refers to.
    ///
    /// - Throws: `StoreError.missing` if there is none, `invalid` if there are several.
    func resolve(_ tables: Tables) throws -> Artifact {
        let outputs = try tables.traces.latestOutputs(ofStage: stage, pipeline: pipeline)
        if !outputs.isEmpty { return try output(of: outputs) }
        let found = try artifacts(tables)
        guard found.count <= 1 else {
            throw StoreError(
                .invalid, "more than one artifact's digest begins with '\(text)'; give more digits")
        }
        guard let only = found.first else {
            let instances = try tables.traces.instances(ofStage: stage, pipeline: pipeline, limit: 8)
            guard instances.isEmpty else {
                throw StoreError(
                    .missing,
                    "'\(stage)' has several instances; name one, such as \(instances.joined(separator: ", "))"
                )
            }
            throw StoreError(
                .missing,
                "the store has no stage or artifact '\(text)'. `sluice cache ls` lists them.")
        }
        return only
    }

    /// The one of a stage's outputs that is meant.
    func output(of outputs: [(name: String, artifact: Artifact)]) throws -> Artifact {
        let names = outputs.map(\.name).joined(separator: ", ")
        if let output = name.output {
            if let found = outputs.first(where: { $0.name == output }) { return found.artifact }
            throw StoreError(.missing, "'\(stage)' has no output '\(output)'. Its outputs: \(names).")
        }
        guard let only = outputs.first, outputs.count == 1 else {
            let choices = outputs.map { "\(stage).\($0.name)" }.joined(separator: ", ")
            throw StoreError(.invalid, "'\(stage)' has several outputs; name one of \(choices)")
        }
        return only.artifact
    }

    /// The name of the stage if all of its instances are meant; nil otherwise.
    var gatheredStage: String? { name.gatheredStage }

    /// The pipelines that have the stage, most recently run first; empty if the text names a pipeline.
    func pipelines(_ tables: Tables) throws -> [String] {
        pipeline == nil ? try tables.traces.pipelines(withStage: stage) : []
    }

    /// The artifacts whose digests begin with the text, at most two.
    private func artifacts(_ tables: Tables) throws -> [Artifact] {
        let digits = text.lowercased()
        guard (4...64).contains(digits.utf8.count) else { return [] }
        let missing = 64 - digits.utf8.count
        guard let first = Digest(hexadecimal: digits + String(repeating: "0", count: missing)),
            let last = Digest(hexadecimal: digits + String(repeating: "f", count: missing))
        else { return [] }
        return try tables.objects.artifacts(from: first, to: last)
    }
}
