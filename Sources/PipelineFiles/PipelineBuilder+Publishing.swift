import Dataflow
import StageSchemas
import Texts
import YAML

extension PipelineBuilder {
    /// The files that `publish:` lists, and the stages whose outputs they are. Those of instances that are not known yet are
    /// separate, under the name as written.
    mutating func publications(
        _ node: Node?, _ instances: [Instance], _ resolver: inout InputResolver
    ) -> (publications: [Publication], awaited: [Publication], stages: Set<StageID>) {
        var result: [Publication] = []
        var awaited: [Publication] = []
        var stages: Set<StageID> = []
        var positions: [StageID: Int]?
        for entry in StageDeclaration.entries(node, "publish", &diagnostics) {
            guard case .string(let text) = file.scope.value(of: entry.value, &diagnostics) else {
                diagnostics.add("publish: expected stage.output", at: entry.value.mark)
                continue
            }
            let references: [OutputReference]
            switch resolver.references(text, in: file, entry.value.mark, &diagnostics) {
            case .one(let reference): references = [reference]
            case .many(let all):
                references = all
                guard entry.key.utf8.contains(UInt8(ascii: "$")) else {
                    diagnostics.add(
                        "publish: '\(text)' refers to several outputs, so the file name needs a placeholder, such as "
                            + "models/${matrix.fold}.bin or texts/${each.name}", at: entry.mark)
                    continue
                }
            case .external, .member, .elsewhere, .absent, nil: continue
            }
            stages.formUnion(references.map(\.stage))
            let known = positions ?? Self.positions(instances)
            positions = known
            let chosen = references.compactMap { reference in
                known[reference.stage].map { (instance: instances[$0], reference: reference) }
            }
            result += publications(entry, chosen)
            for (instance, reference) in chosen where instance.awaitedList != nil {
                awaited.append(Publication(fileName: entry.key, source: reference))
            }
        }
        return (result, awaited, stages)
    }

    /// Reports unknown stages and outputs under `publish:` when other mistakes keep the pipeline from being built.
    ///
    /// - Parameter broken: the stages with mistakes.
    mutating func checkNamesOnly(_ node: Node?, _ broken: Set<String>, _ resolver: inout InputResolver) {
        for entry in StageDeclaration.entries(node, "publish", &diagnostics) {
            guard case .scalar(let text, _) = entry.value.content, !text.utf8.contains(UInt8(ascii: "$")),
                let reference = Reference(text), !broken.contains(file.fullName(reference.stage))
            else { continue }
            // Which instances there are may not be known after a mistake.
            if case .some = reference.selector { continue }
            _ = resolver.references(text, in: file, entry.value.mark, &diagnostics)
        }
    }

    private static func positions(_ instances: [Instance]) -> [StageID: Int] {
        Dictionary(instances.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// One publication for each instance, whose coordinates may be part of the file's name.
    private mutating func publications(
        _ entry: Node.Entry, _ chosen: [(instance: Instance, reference: OutputReference)]
    ) -> [Publication] {
        var names: Set<ExactText> = []
        var result: [Publication] = []
        for (instance, reference) in chosen where instance.awaitedList == nil {
            switch Template.parse(entry.key).flatMap({ instance.scope.value(of: $0) }) {
            case .failure(let error):
                diagnostics.add(error.message, at: entry.mark)
                return []
            case .success(let value):
                let name = value.description
                guard Self.isRelativePath(name) else {
                    let whose = instance.id.coordinates.isEmpty ? "" : " (for \(instance.id))"
                    diagnostics.add(
                        "'\(name)' must be a relative path without '..'\(whose)", at: entry.mark)
                    return []
                }
                guard names.insert(ExactText(name)).inserted else {
                    diagnostics.add(
                        "publish: several instances would be '\(name)'; use more of their coordinates in the name",
                        at: entry.mark)
                    return []
                }
                result.append(Publication(fileName: name, source: reference))
            }
        }
        return result
    }
}
