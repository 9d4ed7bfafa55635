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
        /// Those whose instances are not known yet.
        var awaitedPublications: [Publication] = []
        var leftOut: [LeftOutStage] = []
    }

    /// An instance with its inputs resolved.
    struct Instance {
        var id: StageID
        let declaration: StageDeclaration
        var scope: Scope
        /// The lists that it iterates over, as far as they are known, and the next one that is needed.
        var lists: [OutputReference] = []
        /// The list that determines the instances that this stands for; nil if it is an instance itself.
        var awaitedList: OutputReference?
        /// The input that `{ each: axis }` means.
        var members: [String: ResolvedInput] = [:]
        /// The placeholder for the instance while no list is known; nil if it needs no list.
        var placeholder: StageID?
        var inputs: [(name: String, mark: Mark, source: ResolvedInput)] = []
        var reason: String?
    }

    /// The pipeline's own file.
    let file: StageFile
    let kinds: KindTable
    /// Finds the files that match a pattern.
    let findMatches: FileMatches.Finder
    /// The lists that are known.
    let lists: KnownLists
    var diagnostics: Diagnostics

    /// Builds the stages of all files.
    ///
    /// - Parameter isIncomplete: true if stages are missing, so that references to unknown stages are not reported.
    mutating func build(
        _ entries: [StageCollector.Entry], publish: Node?, isIncomplete: Bool
    ) -> Built {
        guard !entries.isEmpty else { return Built() }
        let declarations = unique(
            entries.compactMap { entry in
                StageDeclaration.parse(entry.entry, in: entry.file, kinds: kinds, findMatches, &diagnostics)
            })
        // Other stages may still refer to a declaration with mistakes; its name must not be reported as unknown.
        let broken =
            declarations.count == entries.count
            ? []
            : Set(entries.map { $0.file.fullName($0.entry.key) }).subtracting(declarations.map(\.name))
        var resolver = InputResolver(expecting: declarations.count, isIncomplete: isIncomplete)
        var instances = expand(declarations, broken: broken, &resolver)
        checkNames(of: instances)
        for index in instances.indices { resolveInputs(of: &instances[index], &resolver, broken) }
        guard diagnostics.errors.isEmpty else {
            for instance in instances { checkPartsOnly(instance) }
            checkNamesOnly(publish, broken, &resolver)
            note(filesOf: instances)
            return Built()
        }
        guard let order = topologicalOrder(instances) else { return Built() }
        let (publications, awaited, published) = publications(publish, instances, &resolver)
        let leftOut = settle(&instances, order, unused: resolver.unused, published)
        var built = Built()
        built.stages.reserveCapacity(order.count)
        for index in order where instances[index].reason == nil {
            if let stage = stage(instances[index]) { built.stages.append(stage) }
        }
        built.stages = self.downloads(resolver.downloads, for: built.stages) + built.stages
        built.publications = publications.filter { !leftOut.contains($0.source.stage) }
        built.awaitedPublications = awaited.filter { !leftOut.contains($0.source.stage) }
        built.leftOut = instances.compactMap { instance in
            instance.reason.map { LeftOutStage(stage: instance.id, reason: $0) }
        }
        if !diagnostics.errors.isEmpty { note(filesOf: instances) }
        return built
    }

    /// Notes the files that stages without conditions read, so that they can be looked at although there are mistakes.
    private mutating func note(filesOf instances: [Instance]) {
        for instance in instances where instance.declaration.when == nil {
            for case (let name, let mark, .external(let source)) in instance.inputs {
                diagnostics.note(source, "the input '\(name)' of '\(instance.id)'", at: mark)
            }
        }
    }

    /// Reports instances that differ in their coordinates, but not in their names: 1 and "1", or values with commas.
    private mutating func checkNames(of instances: [Instance]) {
        var seen = Set<StageID>(minimumCapacity: instances.count)
        for instance in instances where !seen.insert(instance.id).inserted {
            diagnostics.add(
                "several instances would have the name \(instance.id); change their values, or add one that differs",
                at: instance.declaration.mark)
        }
    }

    /// The declarations of which no earlier one has the name.
    private mutating func unique(_ declarations: [StageDeclaration]) -> [StageDeclaration] {
        // Within a file, names are unique already.
        guard declarations.contains(where: { $0.file !== file }) else { return declarations }
        var known: [String: StageDeclaration] = [:]
        return declarations.filter { declaration in
            guard let other = known.updateValue(declaration, forKey: declaration.name) else { return true }
            known[declaration.name] = other
            diagnostics.add(
                "there is already a stage '\(declaration.name)' at \(diagnostics.location(other.mark)); rename one, or give "
                    + "the include a prefix:", at: declaration.mark)
            return false
        }
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
                broken.contains(instance.declaration.file.fullName(reference.stage))
            {
                continue
            }
            if instance.awaitedList != nil, case .mapping = entry.value.content, entry.value.mentionsElements
            {
                continue
            }
            guard
                let source = resolver.resolve(
                    entry.value, instance.scope, in: instance.declaration.file, elements: instance.members,
                    &diagnostics)
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
