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
        var leftOut: [(stage: StageID, reason: String)] = []
    }

    /// An instance with its inputs resolved.
    struct Instance {
        let id: StageID
        let declaration: StageDeclaration
        let scope: Scope
        var inputs: [(name: String, mark: Mark, source: ResolvedInput)] = []
        var reason: String?
    }

    let scope: Scope
    let kinds: KindTable
    /// What runs the commands of stages that do not say.
    let interpreter: [String]
    /// Finds the files that match a pattern.
    let findMatches: FileMatches.Finder
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
        var instances: [Instance] = []
        instances.reserveCapacity(declarations.count)
        var resolver = InputResolver(expecting: declarations.count)
        for declaration in declarations {
            let expanded = expand(declaration)
            resolver.add(declaration, instances: expanded.map(\.id))
            instances += expanded
        }
        for index in instances.indices { resolveInputs(of: &instances[index], &resolver, broken) }
        guard diagnostics.errors.isEmpty else {
            for instance in instances { checkPartsOnly(instance) }
            return Built()
        }
        guard let order = topologicalOrder(instances) else { return Built() }
        let publications = publications(publish, &resolver)
        let leftOut = settle(&instances, order, unused: resolver.unused, publications)
        var built = Built()
        built.stages.reserveCapacity(order.count)
        for index in order where instances[index].reason == nil {
            if let stage = stage(instances[index]) { built.stages.append(stage) }
        }
        built.stages = self.downloads(resolver.downloads, for: built.stages) + built.stages
        built.publications = publications.filter { !leftOut.contains($0.source.stage) }
        built.leftOut = instances.compactMap { instance in instance.reason.map { (instance.id, $0) } }
        return built
    }

    private func expand(_ declaration: StageDeclaration) -> [Instance] {
        guard !declaration.matrix.isEmpty else {
            return [Instance(id: StageID(declaration.name), declaration: declaration, scope: scope)]
        }
        var places: [(coordinates: [StageID.Coordinate], written: [String: String])] = [([], [:])]
        for axis in declaration.matrix {
            places = places.flatMap { place in
                axis.values.indices.map { index in
                    var written = place.written
                    if index < axis.written.count { written[axis.axis] = axis.written[index] }
                    let coordinate = StageID.Coordinate(axis: axis.axis, value: axis.values[index])
                    return (place.coordinates + [coordinate], written)
                }
            }
        }
        return places.map { coordinates, written in
            var scope = scope
            scope.coordinates = Dictionary(coordinates.map { ($0.axis, $0.value) }) { first, _ in first }
            scope.writtenCoordinates = written
            return Instance(
                id: StageID(declaration.name, coordinates), declaration: declaration, scope: scope)
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
                broken.contains(reference.stage)
            {
                continue
            }
            guard let source = resolver.resolve(entry.value, instance.scope, &diagnostics) else { continue }
            instance.inputs.append((entry.key, entry.value.mark, source))
        }
    }

    /// Port names may contain dots: a command that insists on an extension names its port `rows.csv`.
    private static func isPortName(_ text: String) -> Bool {
        StageDeclaration.isName(text.parts(between: ".", omitsEmpty: true).joined()) && !text.hasPrefix(".")
            && !text.hasSuffix(".") && !text.utf8.elementsEqual("..".utf8)
    }

    private mutating func publications(_ node: Node?, _ resolver: inout InputResolver) -> [Publication] {
        var result: [Publication] = []
        for entry in StageDeclaration.entries(node, "publish", &diagnostics) {
            guard Self.isRelativePath(entry.key) else {
                diagnostics.add("'\(entry.key)' must be a relative path without '..'", at: entry.mark)
                continue
            }
            guard case .string(let text) = scope.value(of: entry.value, &diagnostics) else {
                diagnostics.add("publish: expected stage.output", at: entry.value.mark)
                continue
            }
            switch resolver.references(text, entry.value.mark, &diagnostics) {
            case .one(let reference): result.append(Publication(fileName: entry.key, source: reference))
            case .many:
                diagnostics.add(
                    "publish: expected a single output, but '\(text)' refers to several", at: entry.value.mark
                )
            default: break
            }
        }
        return result
    }

    static func isRelativePath(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
            && !text.utf8.contains(0)
    }
}
