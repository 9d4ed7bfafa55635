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

    /// An instance, whose inputs are resolved one after another.
    ///
    /// A class because there are many, and they go from step to step.
    final class Instance {
        let id: StageID
        let declaration: StageDeclaration
        let scope: Scope
        /// The lists that it goes through, as far as they are known, and the one that has to be known next.
        let lists: [OutputReference]
        /// The list that has to be known for the instances to be known that this stands for; nil if it is one itself.
        let awaitedList: OutputReference?
        /// What `{ each: axis }` is as an input.
        let members: [String: ResolvedInput]
        /// What stands for the instance while no list is known; nil if no list has to be.
        let placeholder: StageID?
        var inputs: [(name: String, mark: Mark, source: ResolvedInput)] = []
        /// Why it is left out; nil if it is not.
        var reason: String?

        init(
            id: StageID, declaration: StageDeclaration, scope: Scope, lists: [OutputReference] = [],
            awaitedList: OutputReference? = nil, members: [String: ResolvedInput] = [:],
            placeholder: StageID? = nil
        ) {
            self.id = id
            self.declaration = declaration
            self.scope = scope
            self.lists = lists
            self.awaitedList = awaitedList
            self.members = members
            self.placeholder = placeholder
        }
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
        var parsed: [StageDeclaration] = []
        parsed.reserveCapacity(entries.count)
        for entry in entries {
            if let declaration = StageDeclaration.parse(
                entry.entry, in: entry.file, kinds: kinds, findMatches, &diagnostics)
            {
                parsed.append(declaration)
            }
        }
        let declarations = unique(parsed)
        // Other stages may still refer to a declaration with mistakes; its name must not be reported as unknown.
        let broken =
            declarations.count == entries.count
            ? []
            : Set(entries.map { $0.file.fullName($0.entry.key) }).subtracting(declarations.map(\.name))
        var resolver = InputResolver(expecting: declarations.count, isIncomplete: isIncomplete)
        let instances = expand(declarations, broken: broken, &resolver)
        checkNames(of: instances)
        for instance in instances { resolveInputs(of: instance, &resolver, broken) }
        guard diagnostics.errors.isEmpty else {
            for instance in instances { checkPartsOnly(instance) }
            checkNamesOnly(publish, broken, &resolver)
            note(filesOf: instances)
            return Built()
        }
        guard let order = topologicalOrder(instances) else { return Built() }
        let (publications, awaited, published) = publications(publish, instances, &resolver)
        let leftOut = settle(instances, order, unused: resolver.unused, published)
        var built = Built()
        built.stages.reserveCapacity(order.count)
        for index in order where instances[index].reason == nil {
            if let stage = stage(instances[index]) { built.stages.append(stage) }
        }
        built.stages.insert(contentsOf: downloads(resolver.downloads, for: built.stages), at: 0)
        built.publications = publications.filter { !leftOut.contains($0.source.stage) }
        built.awaitedPublications = awaited.filter { !leftOut.contains($0.source.stage) }
        built.leftOut = instances.compactMap { instance in
            instance.reason.map { LeftOutStage(stage: instance.id, reason: $0) }
        }
        if !diagnostics.errors.isEmpty { note(filesOf: instances) }
        return built
    }

    /// Notes the files that stages without conditions read, so that their existence can be checked despite mistakes.
    private mutating func note(filesOf instances: [Instance]) {
        for instance in instances where instance.declaration.when == nil {
            for case (let name, let mark, .external(let source)) in instance.inputs {
                diagnostics.note(source, "the input '\(name)' of '\(instance.id)'", at: mark)
            }
        }
    }

    /// Reports instances that differ in their coordinates, but not in their names: 1 and "1", or values with commas.
    private mutating func checkNames(of instances: [Instance]) {
        var seen: Set<StageID> = []
        // The names of stages are unique.
        for instance in instances
        where !instance.id.coordinates.isEmpty && !seen.insert(instance.id).inserted {
            diagnostics.add(
                "several instances would have the name \(instance.id); change their values, or add one that differs",
                at: instance.declaration.mark)
        }
    }

    /// The declarations without those whose name an earlier one has.
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
        of instance: Instance, _ resolver: inout InputResolver, _ broken: Set<String>
    ) {
        for entry in instance.declaration.inputs {
            guard Self.isPortName(entry.key) else {
                diagnostics.add("'\(entry.key)' is not a valid input name", at: entry.mark)
                continue
            }
            if !broken.isEmpty, case .scalar(let text, _) = entry.value.content,
                let reference = Reference(text),
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
        // What most names are is found out quickly.
        StageDeclaration.isName(text)
            || StageDeclaration.isName(text.parts(between: ".", omitsEmpty: true).joined())
                && !text.hasPrefix(".")
                && !text.hasSuffix(".") && !text.utf8.elementsEqual("..".utf8)
    }

    static func isRelativePath(_ text: String) -> Bool {
        // The length of the part that is being read, and how many of its bytes are dots.
        var (length, dots) = (0, 0)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "/"):
                if length == dots && length <= 2 { return false }
                (length, dots) = (0, 0)
            case 0: return false
            case UInt8(ascii: "."): (length, dots) = (length + 1, dots + 1)
            default: length += 1
            }
        }
        return length != dots || length > 2
    }
}
