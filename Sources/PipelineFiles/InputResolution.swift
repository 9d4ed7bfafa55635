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
    /// Nothing: a null path.
    case absent
}

/// Resolves the inputs of stages.
struct InputResolver {
    /// Each declaration with its instances, in matrix order.
    private var stages: [String: (declaration: StageDeclaration, instances: [StageID])] = [:]
    private let index = InstanceIndex()
    /// Stages named by an `otherwise:` that is not used.
    private(set) var unused: Set<String> = []
    /// What inputs have to be downloaded.
    private(set) var downloads = Downloads()

    private static let outsideKeys = ["file", "directory", "glob", "url", "sha256", "otherwise"]

    /// A resolver that knows no stages yet, with room for `count`.
    init(expecting count: Int) { stages.reserveCapacity(count) }

    /// Adds a stage.
    mutating func add(_ declaration: StageDeclaration, instances: [StageID]) {
        stages[declaration.name] = (declaration, instances)
    }

    /// The meaning of an entry under `inputs:`; nil after a mistake.
    mutating func resolve(
        _ node: Node, _ scope: Scope, elements: [String: ResolvedInput] = [:],
        _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        switch node.content {
        case .scalar(let written, _):
            // A value in the brackets may have any character, so that it is filled in after they are read.
            if written.utf8.contains(UInt8(ascii: "$")), let reference = Reference(written) {
                guard let reference = reference.filled(from: scope, node.mark, &diagnostics) else {
                    return nil
                }
                return references(reference, written, node.mark, &diagnostics)
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
            return references(text, node.mark, &diagnostics)
        case .sequence(let nodes):
            var all: [OutputReference] = []
            for node in nodes {
                switch resolve(node, scope, elements: elements, &diagnostics) {
                case .one(let reference): all.append(reference)
                case .many(let references): all += references
                case .external, .member:
                    diagnostics.add(
                        "a list may only contain stages; read the file in a separate stage", at: node.mark)
                case .absent, nil: break
                }
            }
            return .many(all)
        case .mapping(let entries):
            if let entry = entries.first, entries.count == 1, entry.key == "each" {
                return element(entry.value, scope, elements, &diagnostics)
            }
            return outside(entries, node.mark, scope, &diagnostics)
        }
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
        _ entries: [Node.Entry], _ mark: Mark, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        for entry in entries where !Self.outsideKeys.contains(entry.key) {
            diagnostics.add(
                "unknown key '\(entry.key)'; an input is a stage, { file: … }, { directory: … }, { glob: … } or "
                    + "{ url: …, sha256: … }", at: entry.mark)
        }
        let files = entries.filter { !["otherwise", "sha256"].contains($0.key) }
        guard files.count == 1, let file = files.first else {
            diagnostics.add(
                "an input from outside needs one of file:, directory:, glob: and url:", at: mark)
            return nil
        }
        let digest = entries.first { $0.key == "sha256" }
        if let digest, file.key != "url" {
            diagnostics.add("sha256: is only for an input with url:", at: digest.mark)
        }
        let otherwise = entries.first { $0.key == "otherwise" }
        switch scope.value(of: file.value, &diagnostics) {
        case .null:
            guard let otherwise else { return .absent }
            return resolve(otherwise.value, scope, &diagnostics)
        case .string(""), .list, .map:
            diagnostics.add("\(file.key): expected a path", at: file.value.mark)
            return nil
        case let value where value.description.utf8.contains(0):
            diagnostics.add("\(file.key): no path can contain a NUL", at: file.value.mark)
            return nil
        case let value:
            if let otherwise {
                // Validated nevertheless, and remembered: a stage that nothing else reads is left out.
                if case .string(let text) = scope.value(of: otherwise.value, &diagnostics),
                    let reference = Reference(text)
                {
                    unused.insert(reference.stage)
                    _ = references(text, otherwise.value.mark, &diagnostics)
                }
            }
            switch file.key {
            case "glob": return FileMatches.source(file.value, scope, &diagnostics).map { .external($0) }
            case "url":
                return downloads.reference(to: file, digest, mark, scope, &diagnostics).map { .one($0) }
            case "file": return .external(ExternalSource(path: value.description))
            default: return .external(ExternalSource(path: value.description, shape: .directory))
            }
        }
    }

    /// The outputs that a reference stands for.
    func references(_ text: String, _ mark: Mark, _ diagnostics: inout Diagnostics) -> ResolvedInput? {
        guard let reference = Reference(text) else {
            diagnostics.add(
                "'\(text)' is not a reference to a stage: write stage, stage.output or stage[*].output, or { file: … } for a file",
                at: mark)
            return nil
        }
        return references(reference, text, mark, &diagnostics)
    }

    func references(
        _ reference: Reference, _ text: String, _ mark: Mark, _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        guard let (declaration, all) = stages[reference.stage] else {
            let hint = didYouMean(reference.stage, among: stages.keys.sorted()) ?? ""
            diagnostics.add("there is no stage '\(reference.stage)'" + hint, at: mark)
            return nil
        }
        guard let output = output(of: declaration, reference, mark, &diagnostics) else { return nil }
        switch reference.selector {
        case .none:
            guard declaration.matrix.isEmpty && declaration.each.isEmpty else {
                let axis = declaration.matrix.axes.first ?? declaration.each[0].axis
                let what = declaration.matrix.isEmpty ? "an instance for each element of a list" : "a matrix"
                diagnostics.add(
                    "'\(reference.stage)' has \(what): write \(reference.stage)[*] for all instances, or "
                        + "\(reference.stage)[\(axis)=…] for one", at: mark)
                return nil
            }
            return .one(OutputReference(stage: all[0], output: output))
        case .all:
            return .many(all.map { OutputReference(stage: $0, output: output) })
        case .some(let coordinates):
            for axis in coordinates.keys.sorted() where !declaration.hasAxis(axis) {
                diagnostics.add("'\(reference.stage)' has no matrix axis '\(axis)'", at: mark)
                return nil
            }
            let chosen = index.instances(all, of: declaration.name, with: coordinates)
            guard let first = chosen.first else {
                diagnostics.add("'\(reference.stage)' has no instance \(text)", at: mark)
                return nil
            }
            if chosen.count == 1, declaration.isDetermined(by: coordinates) {
                return .one(OutputReference(stage: first, output: output))
            }
            return .many(chosen.map { OutputReference(stage: $0, output: output) })
        }
    }

    /// True if a reference means directories.
    func isDirectory(_ reference: Reference) -> Bool {
        guard let declaration = stages[reference.stage]?.declaration else { return false }
        switch declaration.work {
        case .kind(let schema):
            return schema.outputs.contains { output in
                output.isDirectory && reference.output.map { $0.hasSameBytes(as: output.name) } ?? true
            }
        case .command:
            return declaration.outputs.contains { entry in
                guard case .scalar(let text, _) = entry.value.content else { return false }
                return text.utf8.last == UInt8(ascii: "/")
                    && reference.output.map { $0.hasSameBytes(as: entry.key) } ?? true
            }
        }
    }

    private func output(
        of declaration: StageDeclaration, _ reference: Reference, _ mark: Mark,
        _ diagnostics: inout Diagnostics
    ) -> String? {
        let names =
            switch declaration.work {
            case .kind(let schema): schema.outputs.map(\.name)
            case .command: declaration.outputs.map(\.key)
            }
        guard let wanted = reference.output else {
            if names.count == 1 { return names[0] }
            if names.isEmpty {
                diagnostics.add("'\(reference.stage)' has no outputs", at: mark)
            } else {
                let choices = names.map { "\(reference.stage).\($0)" }.joined(separator: ", ")
                diagnostics.add(
                    "'\(reference.stage)' has several outputs: choose one of \(choices)", at: mark)
            }
            return nil
        }
        if names.contains(wanted) { return wanted }
        let hint = didYouMean(wanted, among: names)
        diagnostics.add(
            "'\(reference.stage)' has no output '\(wanted)'"
                + (hint ?? "; it has " + names.joined(separator: ", ")), at: mark)
        return nil
    }
}

extension StageDeclaration {
    /// True if its instances have a coordinate of this name, or may have.
    fileprivate func hasAxis(_ name: String) -> Bool {
        matrix.axes.contains { $0.hasSameBytes(as: name) }
            || each.contains { $0.axis.hasSameBytes(as: name.parts(between: ".")[0]) }
    }

    /// True if coordinates name every axis, so that they mean one instance.
    fileprivate func isDetermined(by coordinates: [String: String]) -> Bool {
        let given = coordinates.keys
        return matrix.axes.allSatisfy { axis in given.contains { $0.hasSameBytes(as: axis) } }
            && each.allSatisfy { axis in
                given.contains { $0.parts(between: ".")[0].hasSameBytes(as: axis.axis) }
            }
    }
}
