import Dataflow
import Digests
import StageSchemas
import Texts
import YAML

/// Where an input comes from, before it is known which stages are left out.
enum ResolvedInput {
    /// A file or directory from outside.
    case external(ExternalSource)
    /// One output.
    case one(OutputReference)
    /// Several, in order.
    case many([OutputReference])
    /// A file in a directory.
    case member(OutputReference, path: String, digest: Digest)
    /// An output of another pipeline.
    case elsewhere(PipelineOutput)
    /// Nothing: a null path.
    case absent
}

/// Resolves the inputs of stages.
struct InputResolver {
    /// Each declaration, and where its instances are among all.
    private(set) var stages: [String: (declaration: StageDeclaration, instances: Range<Int>)] = [:]
    /// All instances; those of a declaration follow each other, in matrix order.
    private(set) var instances: [StageID] = []
    let index = InstanceIndex()
    /// Stages named by an `otherwise:` that is not used.
    private(set) var unused: Set<String> = []
    /// References that were read before, by their texts: the instances of a matrix have the same.
    private var parsed: [String: Reference] = [:]
    /// What inputs have to be downloaded.
    private(set) var downloads = Downloads()

    private static let outsideKeys = ["file", "directory", "glob", "url", "sha256", "otherwise"]

    /// True if some stages are missing, which references may name.
    let isIncomplete: Bool

    /// A resolver that knows no stages yet, with room for `count`.
    init(expecting count: Int, isIncomplete: Bool) {
        self.isIncomplete = isIncomplete
        stages.reserveCapacity(count)
        instances.reserveCapacity(count)
    }

    /// Adds a stage.
    mutating func add(_ declaration: StageDeclaration, instances new: ArraySlice<PipelineBuilder.Instance>) {
        let first = instances.count
        for instance in new { instances.append(instance.id) }
        stages[declaration.name] = (declaration, first..<instances.count)
    }

    /// The meaning of an entry under `inputs:`; nil after a mistake.
    mutating func resolve(
        _ node: Node, _ scope: Scope, in file: StageFile, elements: [String: ResolvedInput] = [:],
        _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        switch node.content {
        case .scalar(let written, _):
            // A value in the brackets may have any character, so that it is filled in after they are read.
            if written.utf8.contains(UInt8(ascii: "$")), let reference = parsed(written) {
                guard let reference = reference.filled(from: scope, node.mark, &diagnostics) else {
                    return nil
                }
                return references(reference, written, in: file, node.mark, &diagnostics)
            }
            guard case .string(let text) = scope.value(of: node, &diagnostics) else {
                if diagnostics.errors.isEmpty
                    || !diagnostics.errors.contains(where: { $0.location.line == node.mark.line })
                {
                    diagnostics.add(
                        "expected the name of a stage; write { file: … } for a file", at: node.mark)
                }
                return nil
            }
            if let output = PipelineOutput(text) {
                return elsewhere(output, in: file, node.mark, &diagnostics)
            }
            return references(text, in: file, node.mark, &diagnostics)
        case .sequence(let nodes):
            var all: [OutputReference] = []
            for node in nodes {
                switch resolve(node, scope, in: file, elements: elements, &diagnostics) {
                case .one(let reference): all.append(reference)
                case .many(let references): all += references
                case .external, .member:
                    diagnostics.add(
                        "a list may only contain stages; read the file in a separate stage", at: node.mark)
                case .elsewhere(let output):
                    diagnostics.add(
                        "a list may only contain stages of this pipeline; '\(output)' can be an input by itself",
                        at: node.mark)
                case .absent, nil: break
                }
            }
            return .many(all)
        case .mapping(let entries):
            if let entry = entries.first, entries.count == 1, entry.key == "each" {
                return element(entry.value, scope, elements, &diagnostics)
            }
            return outside(entries, node.mark, scope, in: file, &diagnostics)
        }
    }

    private mutating func parsed(_ text: String) -> Reference? {
        if let reference = parsed[text] { return reference }
        let reference = Reference(text)
        parsed[text] = reference
        return reference
    }

    /// The meaning of `{ each: axis }`: the file in a directory that the instance is for.
    private func element(
        _ node: Node, _ scope: Scope, _ elements: [String: ResolvedInput], _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        guard case .scalar(let axis, _) = node.content, scope.elements[axis] != nil else {
            let axes = scope.elements.keys.sorted()
            diagnostics.add(
                axes.isEmpty
                    ? "{ each: … } is an element of a list, but the stage has no each:"
                    : "expected one of the axes under each: " + axes.joined(separator: ", "), at: node.mark)
            return nil
        }
        if let element = elements[axis] { return element }
        diagnostics.add(
            "'\(axis)' is an element of a list, not a file in a directory; write ${each.\(axis)} for it",
            at: node.mark)
        return nil
    }

    private mutating func outside(
        _ entries: [Node.Entry], _ mark: Mark, _ scope: Scope, in file: StageFile,
        _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        for entry in entries where !Self.outsideKeys.contains(entry.key) {
            diagnostics.add(
                "unknown key '\(entry.key)'"
                    + (didYouMean(entry.key, among: Self.outsideKeys + ["each"])
                        ?? "; an input is a stage, { file: … }, { directory: … }, { glob: … } or "
                        + "{ url: …, sha256: … }"),
                at: entry.mark)
        }
        let files = entries.filter { !["otherwise", "sha256"].contains($0.key) }
        guard files.count == 1, let source = files.first else {
            diagnostics.add(
                "an external input needs one of file:, directory:, glob: and url:", at: mark)
            return nil
        }
        let digest = entries.first { $0.key == "sha256" }
        if let digest, source.key != "url" {
            diagnostics.add("sha256: is only for an input with url:", at: digest.mark)
        }
        let otherwise = entries.first { $0.key == "otherwise" }
        switch scope.value(of: source.value, &diagnostics) {
        case .null:
            guard let otherwise else { return .absent }
            return resolve(otherwise.value, scope, in: file, &diagnostics)
        case .string(""), .list, .map:
            diagnostics.add("\(source.key): expected a path", at: source.value.mark)
            return nil
        case let value where value.description.firstIndex(ofASCII: "\0") != nil:
            diagnostics.add("\(source.key): a path cannot contain a NUL", at: source.value.mark)
            return nil
        case let value:
            if let otherwise {
                // Validated nevertheless, and remembered: a stage that nothing else reads is left out.
                if case .string(let text) = scope.value(of: otherwise.value, &diagnostics),
                    let reference = Reference(text)
                {
                    unused.insert(file.fullName(reference.stage))
                    _ = references(text, in: file, otherwise.value.mark, &diagnostics)
                }
            }
            switch source.key {
            case "glob": return FileMatches.source(source.value, scope, &diagnostics).map { .external($0) }
            case "url":
                return downloads.reference(to: source, digest, mark, scope, &diagnostics).map { .one($0) }
            case "file": return .external(ExternalSource(path: value.description))
            default: return .external(ExternalSource(path: value.description, shape: .directory))
            }
        }
    }

    /// An output of another pipeline, which is looked up when the stage is planned; nil after a mistake.
    private func elsewhere(
        _ output: PipelineOutput, in file: StageFile, _ mark: Mark, _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        guard file.pipelineName != output.pipeline else {
            diagnostics.add(
                "'\(output)' belongs to this pipeline; write it without '\(output.pipeline):'", at: mark)
            return nil
        }
        return .elsewhere(output)
    }
}

extension PipelineOutput {
    /// The output that `pipeline:stage.output` means, `pipeline:stage[axis=value].output`, or `pipeline:stage[*].output`; nil if
    /// the text is none of these.
    fileprivate init?(_ text: String) {
        guard let colon = text.firstIndex(ofASCII: ":"), StageDeclaration.isName(String(text[..<colon]))
        else {
            return nil
        }
        let rest = String(text.suffix(after: colon))
        guard let reference = Reference(rest) else { return nil }
        var stage = reference.stage
        if reference.selector == .all {
            stage += "[*]"
        } else if reference.selector != .none {
            guard let open = rest.firstIndex(ofASCII: "["), let close = rest.firstIndex(ofASCII: "]") else {
                return nil
            }
            let parts = rest[rest.utf8.index(after: open)..<close].parts(between: ",")
            let trimmed = parts.map { part in
                String(decoding: Array(part.utf8.trimmed { $0 == UInt8(ascii: " ") }), as: UTF8.self)
            }
            stage += "[" + trimmed.joined(separator: ",") + "]"
        }
        self.init(pipeline: String(text[..<colon]), stage: stage, output: reference.output)
    }
}
