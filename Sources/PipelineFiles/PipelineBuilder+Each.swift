import Dataflow
import StageSchemas
import Texts
import YAML

/// The instances of stages, while lists determine them.
private struct Instances {
    let declarations: [String: StageDeclaration]
    let broken: Set<String>
    var byName: [String: [PipelineBuilder.Instance]] = [:]
}

extension PipelineBuilder {
    /// How many stages may determine each other's lists in a row.
    private static let maximumDepth = 1000

    /// The instances of all declarations, in their order.
    mutating func expand(
        _ declarations: [StageDeclaration], broken: Set<String>, _ resolver: inout InputResolver
    ) -> [Instance] {
        guard declarations.contains(where: { !$0.each.isEmpty }) else {
            return expandMatrices(declarations, &resolver)
        }
        var instances = Instances(
            declarations: Dictionary(declarations.map { ($0.name, $0) }) { first, _ in first }, broken: broken
        )
        instances.byName.reserveCapacity(declarations.count)
        for declaration in declarations where declaration.each.isEmpty {
            let expanded = declaration.matrix.points.map { instance(of: declaration, at: $0) }
            instances.byName[declaration.name] = expanded
            resolver.add(declaration, instances: expanded[...])
        }
        for declaration in declarations where !declaration.each.isEmpty {
            expand(declaration, in: &instances, &resolver, path: [])
        }
        var all: [Instance] = []
        all.reserveCapacity(instances.byName.values.reduce(0) { $0 + $1.count })
        for declaration in declarations { all += instances.byName[declaration.name] ?? [] }
        return all
    }

    /// The instances of declarations without `each:`.
    private func expandMatrices(
        _ declarations: [StageDeclaration], _ resolver: inout InputResolver
    ) -> [Instance] {
        var all: [Instance] = []
        all.reserveCapacity(declarations.count)
        for declaration in declarations {
            let first = all.count
            for point in declaration.matrix.points { all.append(instance(of: declaration, at: point)) }
            resolver.add(declaration, instances: all[first...])
        }
        return all
    }

    private func instance(of declaration: StageDeclaration, at point: Matrix.Point) -> Instance {
        let id = StageID(declaration.name, point.coordinates)
        guard !declaration.each.isEmpty else {
            return Instance(id: id, declaration: declaration, scope: scope(of: declaration, at: point))
        }
        // What stands for all instances with these coordinates while no list is known.
        let placeholder = StageID(
            id.name,
            id.coordinates
                + declaration.each.map { StageID.Coordinate(axis: $0.axis, value: StageID.unknown) })
        return Instance(
            id: id, declaration: declaration, scope: scope(of: declaration, at: point),
            placeholder: placeholder)
    }

    private func scope(of declaration: StageDeclaration, at point: Matrix.Point) -> Scope {
        guard !point.coordinates.isEmpty else { return declaration.file.scope }
        var scope = declaration.file.scope
        scope.coordinates = point.values
        scope.writtenCoordinates = point.written
        return scope
    }

    /// Expands a declaration with `each:`, after those whose lists it goes through.
    private mutating func expand(
        _ declaration: StageDeclaration, in instances: inout Instances, _ resolver: inout InputResolver,
        path: [String]
    ) {
        guard instances.byName[declaration.name] == nil else { return }
        guard !path.contains(declaration.name), path.count < Self.maximumDepth else {
            let circle = (path + [declaration.name]).suffix(8).joined(separator: " → ")
            diagnostics.add(
                "each: the lists of these stages depend on each other: \(circle)", at: declaration.mark)
            instances.byName[declaration.name] = []
            return resolver.add(declaration, instances: [])
        }
        for axis in declaration.each {
            guard let name = declaration.file.producer(of: axis.list),
                let producer = instances.declarations[name], !producer.each.isEmpty
            else { continue }
            expand(producer, in: &instances, &resolver, path: path + [declaration.name])
        }
        guard instances.byName[declaration.name] == nil else { return }
        var places = declaration.matrix.points.map { instance(of: declaration, at: $0) }
        for axis in declaration.each {
            if let name = declaration.file.producer(of: axis.list), instances.broken.contains(name) {
                places = []
            }
            places = places.flatMap { expand($0, along: axis, &resolver) }
            guard places.count <= Matrix.maximumInstances else {
                diagnostics.add("each: more than \(Matrix.maximumInstances) instances", at: axis.mark)
                places = []
                break
            }
        }
        instances.byName[declaration.name] = places
        resolver.add(declaration, instances: places[...])
    }

    /// The instances that a list gives in place of one; a placeholder if the list is not known.
    private mutating func expand(
        _ place: Instance, along axis: StageDeclaration.EachAxis, _ resolver: inout InputResolver
    ) -> [Instance] {
        let file = place.declaration.file
        let isDirectory = resolver.isDirectory(axis.list, in: file)
        if place.awaitedList != nil { return [place.unknown(axis, isDirectory, after: nil)] }
        guard let reference = axis.list.filled(from: place.scope, axis.mark, &diagnostics) else { return [] }
        switch resolver.references(reference, axis.text, in: file, axis.mark, &diagnostics) {
        case .one(let list):
            guard let items = lists[list] else {
                return [place.unknown(axis, isDirectory, after: list)]
            }
            return items.map { place.with($0, of: list, along: axis) }
        case .many:
            diagnostics.add(
                "each: expected a single output, but '\(axis.text)' refers to several", at: axis.mark)
            return []
        case .external, .member, .elsewhere, .absent:
            diagnostics.add(
                "each: '\(axis.text)' is not an output of a stage, as a list must be",
                at: axis.mark)
            return []
        case nil: return []
        }
    }
}

extension StageFile {
    /// The name of the stage that a reference in this file means; nil if an include gives something else by that name.
    fileprivate func producer(of reference: Reference) -> String? {
        guard let (node, parent) = givenInput(reference.stage) else { return fullName(reference.stage) }
        guard case .scalar(let text, _) = node.content, let given = Reference(text) else { return nil }
        return parent.producer(of: given)
    }
}

extension PipelineBuilder.Instance {
    /// The instance for an element of a list.
    fileprivate func with(
        _ item: ListItem, of list: OutputReference, along axis: StageDeclaration.EachAxis
    ) -> PipelineBuilder.Instance {
        var scope = scope
        scope.elements[axis.axis] = .known(item.value)
        var members = members
        if let digest = item.digest, case .string(let path) = item.value {
            members[axis.axis] = .member(list, path: path, digest: digest)
        }
        return PipelineBuilder.Instance(
            id: StageID(id.name, id.coordinates + Matrix.Point(axis: axis.axis, item.value).coordinates),
            declaration: declaration, scope: scope, lists: lists + [list], members: members,
            placeholder: placeholder)
    }

    /// What stands for the instances while the list is not known.
    ///
    /// - Parameter list: the list, if it is the first that is not known.
    fileprivate func unknown(
        _ axis: StageDeclaration.EachAxis, _ isDirectory: Bool, after list: OutputReference?
    ) -> PipelineBuilder.Instance {
        var scope = scope
        scope.elements[axis.axis] = .unknown
        let awaited = list ?? awaitedList
        var members = members
        if let awaited, isDirectory { members[axis.axis] = .one(awaited) }
        return PipelineBuilder.Instance(
            id: StageID(
                id.name, id.coordinates + [StageID.Coordinate(axis: axis.axis, value: StageID.unknown)]),
            declaration: declaration, scope: scope, lists: list.map { lists + [$0] } ?? lists,
            awaitedList: awaited, members: members, placeholder: placeholder)
    }
}

extension StageDeclaration {
    /// An axis of `each:`, whose values are the elements of a list that a stage produces.
    struct EachAxis {
        let axis: String
        let mark: Mark
        /// How the list is written.
        let text: String
        let list: Reference
    }

    /// The axes of `each:`.
    static func each(
        _ node: Node?, besides matrix: Matrix, _ diagnostics: inout Diagnostics
    ) -> [EachAxis] {
        entries(node, "each", &diagnostics).compactMap { entry in
            guard isName(entry.key) else {
                diagnostics.add("'\(entry.key)' is not a valid axis name", at: entry.mark)
                return nil
            }
            if matrix.axes.contains(where: { $0.parts(between: ".")[0].hasSameBytes(as: entry.key) }) {
                diagnostics.add("each: '\(entry.key)' is already an axis of matrix:", at: entry.mark)
                return nil
            }
            guard case .scalar(let text, _) = entry.value.content, let list = Reference(text) else {
                diagnostics.add(
                    "each: expected a list or a directory that another stage produces, such as "
                        + "{ \(entry.key): stage.output }; values that the file itself names go under matrix:",
                    at: entry.value.mark)
                return nil
            }
            return EachAxis(axis: entry.key, mark: entry.value.mark, text: text, list: list)
        }
    }
}

extension Node {
    /// True if it has a placeholder for an element of a list, which may not be known yet.
    var mentionsElements: Bool {
        switch content {
        case .scalar(let text, _): text.utf8.firstRange(of: "${each.".utf8) != nil
        case .sequence(let nodes): nodes.contains(where: \.mentionsElements)
        case .mapping(let entries): entries.contains { $0.value.mentionsElements }
        }
    }
}
