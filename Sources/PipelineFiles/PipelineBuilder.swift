import Dataflow
import StageSchemas
import Texts
import YAML

/// Turns declarations into stages: expands matrices, resolves inputs, applies conditions, sorts.
struct PipelineBuilder {
    /// What the builder produces.
    struct Built {
        var stages: [Stage] = []
        var publications: [Publication] = []
        var leftOut: [LeftOutStage] = []
    }

    /// An instance with its inputs resolved.
    struct Instance {
        var id: StageID
        let declaration: StageDeclaration
        var scope: Scope
        /// The lists that it goes through, as far as they are known, and the one that has to be known next.
        var lists: [OutputReference] = []
        /// The list that has to be known for the instances to be known that this stands for; nil if it is one itself.
        var awaitedList: OutputReference?
        /// What `{ each: axis }` is as an input.
        var members: [String: ResolvedInput] = [:]
        /// What stands for the instance while no list is known; nil if no list has to be.
        var placeholder: StageID?
        var inputs: [(name: String, mark: Mark, source: ResolvedInput)] = []
        var reason: String?
    }

    let scope: Scope
    let kinds: KindTable
    /// What runs the commands of stages that do not say.
    let interpreter: [String]
    /// Finds the files that match a pattern.
    let findMatches: FileMatches.Finder
    /// Where stages run that do not say.
    let placement: Placement
    /// The lists that are known.
    let lists: KnownLists
    var diagnostics: Diagnostics

    mutating func build(stages node: Node?, publish: Node?, _ mark: Mark) -> Built {
        guard let node else {
            diagnostics.add("stages: is missing", at: mark)
            return Built()
        }
        guard case .mapping(let entries) = node.content, !entries.isEmpty else {
            diagnostics.add("stages: expected a map from names to stages", at: node.mark)
            return Built()
        }
        let declarations = entries.compactMap {
            StageDeclaration.parse($0, kinds: kinds, scope: scope, findMatches, &diagnostics)
        }
        // Other stages may still refer to a declaration with mistakes; its name must not be reported as unknown.
        let broken =
            declarations.count == entries.count
            ? [] : Set(entries.map(\.key)).subtracting(declarations.map(\.name))
        var resolver = InputResolver(expecting: declarations.count)
        var instances = expand(declarations, broken: broken, &resolver)
        for index in instances.indices { resolveInputs(of: &instances[index], &resolver, broken) }
        guard diagnostics.errors.isEmpty else {
            for instance in instances { checkPartsOnly(instance) }
            return Built()
        }
        guard let order = topologicalOrder(instances) else { return Built() }
        let (publications, published) = publications(publish, instances, resolver)
        let leftOut = settle(&instances, order, unused: resolver.unused, published)
        var built = Built()
        built.stages.reserveCapacity(order.count)
        for index in order where instances[index].reason == nil {
            if let stage = stage(instances[index]) { built.stages.append(stage) }
        }
        built.stages = self.downloads(resolver.downloads, for: built.stages) + built.stages
        built.publications = publications.filter { !leftOut.contains($0.source.stage) }
        built.leftOut = instances.compactMap { instance in
            instance.reason.map { LeftOutStage(stage: instance.id, reason: $0) }
        }
        return built
    }

    private mutating func resolveInputs(
        of instance: inout Instance, _ resolver: inout InputResolver, _ broken: Set<String>
    ) {
        for entry in instance.declaration.inputs {
            guard Self.isPortName(entry.key) else {
                diagnostics.add("'\(entry.key)' is not a valid input name", at: entry.mark)
                continue
            }
            if case .scalar(let text, _) = entry.value.content, let reference = Reference(text),
                broken.contains(reference.stage)
            {
                continue
            }
            if instance.awaitedList != nil, case .mapping = entry.value.content, entry.value.mentionsElements
            {
                continue
            }
            guard
                let source = resolver.resolve(
                    entry.value, instance.scope, elements: instance.members, &diagnostics)
            else { continue }
            instance.inputs.append((entry.key, entry.value.mark, source))
        }
    }

    /// Port names may contain dots: a command that insists on an extension names its port `rows.csv`.
    private static func isPortName(_ text: String) -> Bool {
        StageDeclaration.isName(text.parts(between: ".", omitsEmpty: true).joined()) && !text.hasPrefix(".")
            && !text.hasSuffix(".") && !text.utf8.elementsEqual("..".utf8)
    }

    static func isRelativePath(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
            && !text.utf8.contains(0)
    }
}
