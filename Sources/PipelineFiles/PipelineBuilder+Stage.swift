import Dataflow
import Digests
import StageSchemas
import Texts
import YAML

extension PipelineBuilder {
    /// The stage of an instance whose inputs are settled; nil after a mistake.
    mutating func stage(_ instance: Instance) -> Stage? {
        let declaration = instance.declaration
        guard let (work, outputs) = work(instance) else { return nil }
        let inputs = instance.inputs.compactMap { input -> Stage.Input? in
            switch input.source {
            case .external(let source): Stage.Input(name: input.name, source: .external(source))
            case .one(let reference): Stage.Input(name: input.name, source: .output(reference))
            case .many(let references): Stage.Input(name: input.name, source: .gather(references))
            case .absent: nil
            }
        }
        return Stage(
            id: instance.id, work: work, inputs: inputs, outputs: outputs,
            resources: .parse(declaration.resources, instance.scope, &diagnostics),
            retries: declaration.retries, location: diagnostics.location(declaration.mark))
    }

    /// Reports mistakes in an instance's own fields, if the graph could not be built.
    mutating func checkPartsOnly(_ instance: Instance) {
        _ = work(instance)
        _ = Stage.Resources.parse(instance.declaration.resources, instance.scope, &diagnostics)
    }

    private mutating func work(_ instance: Instance) -> (Stage.Work, [Stage.Output])? {
        switch instance.declaration.work {
        case .kind(let schema): kind(schema, instance)
        case .command(let node): command(node, instance)
        }
    }

    private mutating func kind(
        _ schema: StageSchema, _ instance: Instance
    ) -> (Stage.Work, [Stage.Output])? {
        checkPorts(schema, instance)
        var given: [String: Value] = [:]
        if let node = instance.declaration.with {
            guard case .map(let values) = instance.scope.value(of: node, &diagnostics) else {
                diagnostics.add("with: expected a map of parameters", at: node.mark)
                return nil
            }
            given = values
        }
        let (values, problems) = schema.validated(given, inputs: Self.inputCounts(of: instance))
        for problem in problems {
            let mark =
                instance.declaration.with.map { Self.mark(of: problem.path, in: $0) }
                ?? instance.declaration.mark
            diagnostics.add("\(schema.name): \(problem)", at: mark)
        }
        guard let fingerprint = kinds.fingerprints[schema.name] else {
            diagnostics.add(
                "the kind '\(schema.name)' has no source fingerprint", at: instance.declaration.mark)
            return nil
        }
        let outputs = schema.outputs.map {
            Stage.Output(name: $0.name, fileName: $0.fileName, isDirectory: $0.isDirectory)
        }
        return (.kind(name: schema.name, parameters: values, fingerprint: fingerprint), outputs)
    }

    /// How many artifacts each port gets.
    private static func inputCounts(of instance: Instance) -> [String: Int] {
        var counts: [String: Int] = [:]
        for input in instance.inputs {
            counts[input.name] =
                switch input.source {
                case .external, .one: 1
                case .many(let references): references.count
                case .absent: 0
                }
        }
        return counts
    }

    private mutating func checkPorts(_ schema: StageSchema, _ instance: Instance) {
        for entry in instance.declaration.inputs
        where !schema.inputs.contains(where: { $0.name == entry.key }) {
            let names = schema.inputs.map(\.name)
            let hint = didYouMean(entry.key, among: names)
            let known = names.isEmpty ? "; it has none" : "; it has " + names.joined(separator: ", ")
            diagnostics.add(
                "the kind \(schema.name) has no input '\(entry.key)'" + (hint ?? known), at: entry.mark)
        }
        for port in schema.inputs where port.arity == .one || port.arity == .many {
            guard !instance.declaration.inputs.contains(where: { $0.key == port.name }) else { continue }
            diagnostics.add(
                "stage '\(instance.id.name)': the input '\(port.name)' is missing. \(port.help)",
                at: instance.declaration.mark)
        }
        for input in instance.inputs {
            guard case .many(let references) = input.source,
                let port = schema.inputs.first(where: { $0.name == input.name })
            else { continue }
            if (port.arity == .one || port.arity == .optional) && references.count != 1 {
                diagnostics.add(
                    "the input '\(input.name)' takes one artifact, not \(references.count)", at: input.mark)
            }
        }
    }

    /// The position of the part of `node` at `path`, as far as it exists.
    private static func mark(of path: [String], in node: Node) -> Mark {
        guard let first = path.first else { return node.mark }
        let rest = Array(path.dropFirst())
        switch node.content {
        case .mapping(let entries):
            guard let entry = entries.first(where: { $0.key == first }) else { return node.mark }
            return rest.isEmpty ? entry.mark : mark(of: rest, in: entry.value)
        case .sequence(let nodes):
            guard let index = Int(first), nodes.indices.contains(index) else { return node.mark }
            return mark(of: rest, in: nodes[index])
        case .scalar: return node.mark
        }
    }

    private mutating func command(
        _ node: Node, _ instance: Instance
    ) -> (Stage.Work, [Stage.Output])? {
        let declaration = instance.declaration
        let outputs = outputs(instance)
        guard case .scalar(let text, _) = node.content else { return nil }
        let template: Template
        switch Template.parse(text) {
        case .success(let parsed): template = parsed
        case .failure(let error):
            diagnostics.add(error.message, at: node.mark)
            return nil
        }
        var segments: [Stage.Command.Segment] = []
        for segment in template.segments {
            switch segment {
            case .text(let text): segments.append(.text(text))
            case .placeholder(let name):
                if let port = name.removing(prefix: "inputs.") {
                    if !check(port, declaration.inputs.map(\.key), "input", node) { continue }
                    segments.append(.input(port))
                } else if let output = name.removing(prefix: "outputs.") {
                    if !check(output, outputs.map(\.name), "output", node) { continue }
                    segments.append(.output(output))
                } else {
                    switch instance.scope.value(of: name) {
                    case .success(let value): segments.append(.text(value.description))
                    case .failure(let error): diagnostics.add(error.message, at: node.mark)
                    }
                }
            }
        }
        let command = Stage.Command(
            segments: segments, code: texts(declaration.code, "code", instance.scope),
            environment: texts(declaration.environment, "environment", instance.scope))
        return (.command(command), outputs)
    }

    private mutating func check(_ name: String, _ known: [String], _ what: String, _ node: Node) -> Bool {
        if known.contains(name) { return true }
        let hint = didYouMean(name, among: known)
        let list = known.isEmpty ? "; the stage has none" : "; it has " + known.joined(separator: ", ")
        diagnostics.add("unknown \(what) '\(name)'" + (hint ?? list), at: node.mark)
        return false
    }

    private mutating func outputs(_ instance: Instance) -> [Stage.Output] {
        var outputs: [Stage.Output] = []
        for entry in instance.declaration.outputs {
            guard case .string(let name) = instance.scope.value(of: entry.value, &diagnostics) else {
                diagnostics.add("outputs: expected a file name", at: entry.value.mark)
                continue
            }
            let isDirectory = name.utf8.last == UInt8(ascii: "/")
            let fileName = isDirectory ? String(name.utf8.dropLast()) ?? name : name
            guard Self.isRelativePath(fileName), StageDeclaration.isName(entry.key) else {
                diagnostics.add(
                    "'\(name)' must be a relative path without '..', and its name may contain only letters, digits, '_' and '-'",
                    at: entry.value.mark)
                continue
            }
            if let other = outputs.first(where: { $0.fileName == fileName }) {
                diagnostics.add(
                    "the outputs '\(other.name)' and '\(entry.key)' have the same file name",
                    at: entry.value.mark)
                continue
            }
            let isMetrics = instance.declaration.metrics == entry.key
            if isMetrics && isDirectory {
                diagnostics.add("metrics: expected a file, not a folder", at: entry.value.mark)
                continue
            }
            outputs.append(
                Stage.Output(
                    name: entry.key, fileName: fileName, isDirectory: isDirectory, isMetrics: isMetrics))
        }
        return outputs
    }

    private mutating func texts(_ nodes: [Node], _ name: String, _ scope: Scope) -> [String] {
        nodes.compactMap { node in
            guard case .string(let text) = scope.value(of: node, &diagnostics), !text.isEmpty else {
                diagnostics.add("\(name): expected text", at: node.mark)
                return nil
            }
            return text
        }
    }
}

extension String {
    /// The text after a prefix, or nil if the text does not begin with it or ends there.
    fileprivate func removing(prefix: String) -> String? {
        guard utf8.count > prefix.utf8.count, utf8.starts(with: prefix.utf8) else { return nil }
        return String(utf8.dropFirst(prefix.utf8.count))
    }
}
