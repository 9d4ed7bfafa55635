import Dataflow
import Digests
import StageSchemas
import Texts
import YAML

extension PipelineBuilder {
    /// The stage of an instance whose inputs are settled; nil after a mistake.
    mutating func stage(_ instance: Instance) -> Stage? {
        let declaration = instance.declaration
        let resources = Stage.Resources.parse(
            instance.known(declaration.resources), instance.scope, &diagnostics)
        guard let (work, outputs) = work(instance, resources) else { return nil }
        let inputs = instance.inputs.compactMap { input -> Stage.Input? in
            switch input.source {
            case .external(let source): Stage.Input(name: input.name, source: .external(source))
            case .one(let reference): Stage.Input(name: input.name, source: .output(reference))
            case .many(let references): Stage.Input(name: input.name, source: .gather(references))
            case .member(let reference, let path, let digest):
                Stage.Input(name: input.name, source: .member(reference, path: path, digest: digest))
            case .elsewhere(let output): Stage.Input(name: input.name, source: .elsewhere(output))
            case .absent: nil
            }
        }
        return Stage(
            id: instance.id, work: work, inputs: inputs, outputs: outputs,
            resources: resources,
            permissions: .parse(instance.known(declaration.permissions), instance.scope, &diagnostics),
            renewal: .parse(instance.known(declaration.renewal), instance.scope, &diagnostics),
            secrets: secrets(declaration, instance.scope), retries: declaration.retries,
            placement: .parse(
                instance.known(declaration.placement), otherwise: declaration.file.placement, instance.scope,
                &diagnostics),
            location: diagnostics.location(declaration.mark),
            lists: instance.lists, awaitedList: instance.awaitedList, placeholder: instance.placeholder,
            tags: tags(instance))
    }

    /// The words by which people select stages.
    private mutating func tags(_ instance: Instance) -> [String] {
        guard !instance.declaration.tags.isEmpty else { return [] }
        let nodes =
            instance.awaitedList == nil
            ? instance.declaration.tags : instance.declaration.tags.filter { !$0.mentionsElements }
        var tags: [String] = []
        for (tag, node) in zip(texts(nodes, "tags", instance.scope), nodes) {
            guard StageDeclaration.isName(tag) else {
                diagnostics.add(
                    "tags: '\(tag)' is not a valid tag: use letters, digits, '_' and '-', with a letter first",
                    at: node.mark)
                continue
            }
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    /// Reports mistakes in an instance's own fields, if the graph could not be built.
    mutating func checkPartsOnly(_ instance: Instance) {
        let resources = Stage.Resources.parse(
            instance.known(instance.declaration.resources), instance.scope, &diagnostics)
        _ = work(instance, resources)
        _ = Stage.Renewal.parse(instance.known(instance.declaration.renewal), instance.scope, &diagnostics)
        _ = secrets(instance.declaration, instance.scope)
        _ = tags(instance)
    }

    /// The names of the environment variables that are secret.
    private mutating func secrets(_ declaration: StageDeclaration, _ scope: Scope) -> [String] {
        guard !declaration.secrets.isEmpty || !declaration.environment.isEmpty else { return [] }
        let names = texts(declaration.secrets, "secrets", scope)
        let declared = texts(declaration.environment, "environment", scope)
        for (name, node) in zip(names, declaration.secrets) {
            if name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) {
                diagnostics.add(
                    "secrets: '\(name)' is not the name of an environment variable; write the name, not the value",
                    at: node.mark)
            }
            if declared.contains(where: { $0.hasSameBytes(as: name) }) {
                diagnostics.add(
                    "'\(name)' is also under environment:, where its value is part of the key and is shown; "
                        + "remove it there", at: node.mark)
            }
        }
        return names
    }

    private mutating func work(
        _ instance: Instance, _ resources: Stage.Resources
    ) -> (Stage.Work, [Stage.Output])? {
        switch instance.declaration.work {
        case .kind(let schema): kind(schema, instance, resources)
        case .command(let node): command(node, instance)
        }
    }

    private mutating func kind(
        _ schema: StageSchema, _ instance: Instance, _ resources: Stage.Resources
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
        let (values, problems) = validated(given, schema, instance, gpus: resources.gpus)
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
        var expected: Digest?
        if schema.name == Downloads.kind, case .string(let text)? = values["sha256"] {
            expected = Digest(hexadecimal: text)
        }
        let outputs = schema.outputs.map {
            Stage.Output(
                name: $0.name, fileName: $0.fileName, isDirectory: $0.isDirectory, expected: expected)
        }
        return (.kind(name: schema.name, parameters: values, fingerprint: fingerprint), outputs)
    }

    /// The canonical parameters, and the mistakes in them, except those that may disappear once lists are known.
    private func validated(
        _ given: [String: Value], _ schema: StageSchema, _ instance: Instance, gpus: Int
    ) -> (values: [String: Value], problems: [ParameterProblem]) {
        let (values, problems) = schema.validated(
            given, inputs: Self.inputCounts(of: instance), gpus: gpus)
        guard !problems.isEmpty else { return (values, []) }
        guard instance.gathersUnknown || instance.awaitedList != nil else { return (values, problems) }
        // The number of artifacts is not known yet.
        let many = schema.validated(
            given, inputs: Self.inputCounts(of: instance, unknown: 1000), gpus: gpus
        ).problems
        let settled = problems.filter { problem in many.contains { $0.description == problem.description } }
        guard instance.awaitedList != nil, let node = instance.declaration.with else {
            return (values, settled)
        }
        return (values, settled.filter { !Self.part(at: $0.path, of: node).mentionsElements })
    }

    /// How many artifacts each port gets.
    ///
    /// - Parameter unknown: how many a placeholder stands for.
    private static func inputCounts(of instance: Instance, unknown: Int = 1) -> [String: Int] {
        var counts: [String: Int] = [:]
        for input in instance.inputs {
            counts[input.name] =
                switch input.source {
                case .external, .one, .member: 1
                case .elsewhere(let output): output.gatheredStage == nil ? 1 : unknown
                case .many(let references):
                    references.reduce(0) { $0 + ($1.stage.isPlaceholder ? unknown : 1) }
                case .absent: 0
                }
        }
        return counts
    }

    /// The part of a node at a path, as far as it exists.
    private static func part(at path: [String], of node: Node) -> Node {
        guard let first = path.first else { return node }
        switch node.content {
        case .mapping(let entries):
            guard let entry = entries.first(where: { $0.key == first }) else { return node }
            return part(at: Array(path.dropFirst()), of: entry.value)
        case .sequence(let nodes):
            guard let index = Int(first), nodes.indices.contains(index) else { return node }
            return part(at: Array(path.dropFirst()), of: nodes[index])
        case .scalar: return node
        }
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
}

extension PipelineBuilder.Instance {
    /// The entries that do not depend on elements of lists that are not known yet.
    fileprivate func known(_ entries: [Node.Entry]) -> [Node.Entry] {
        awaitedList == nil ? entries : entries.filter { !$0.value.mentionsElements }
    }

    /// True if it gathers instances that are not known yet.
    fileprivate var gathersUnknown: Bool {
        inputs.contains { input in
            switch input.source {
            case .many(let references): references.contains(where: \.stage.isPlaceholder)
            case .elsewhere(let output): output.gatheredStage != nil
            case .external, .one, .member, .absent: false
            }
        }
    }
}
