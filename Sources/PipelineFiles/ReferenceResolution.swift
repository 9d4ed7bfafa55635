import Dataflow
import StageSchemas
import Texts
import YAML

/// References to stages of the pipeline.
extension InputResolver {
    /// The outputs that a reference stands for.
    mutating func references(
        _ text: String, in file: StageFile, _ mark: Mark, _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        guard let reference = Reference(text) else {
            diagnostics.add(
                "'\(text)' is not a reference to a stage: write stage, stage.output or stage[*].output, or { file: … } for a file",
                at: mark)
            return nil
        }
        return references(reference, text, in: file, mark, &diagnostics)
    }

    mutating func references(
        _ reference: Reference, _ text: String, in file: StageFile, _ mark: Mark,
        _ diagnostics: inout Diagnostics
    ) -> ResolvedInput? {
        if let (node, parent) = file.givenInput(reference.stage) {
            guard reference.selector == .none, reference.output == nil else {
                diagnostics.add(
                    "'\(reference.stage)' is an input that the including file provides; write the name alone, and choose the output there",
                    at: mark)
                return nil
            }
            return resolve(node, parent.scope, in: parent, &diagnostics)
        }
        guard let (declaration, range) = stages[file.fullName(reference.stage)],
            declaration.file.namespace.isWithin(file.namespace)
        else {
            if isIncomplete { return nil }
            let hint = didYouMean(reference.stage, among: names(in: file)) ?? ""
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
            return .one(OutputReference(stage: instances[range.lowerBound], output: output))
        case .all:
            return .many(instances[range].map { OutputReference(stage: $0, output: output) })
        case .some(let coordinates):
            for axis in coordinates.keys.sorted() where !declaration.hasAxis(axis) {
                diagnostics.add("'\(reference.stage)' has no matrix axis '\(axis)'", at: mark)
                return nil
            }
            let chosen = index.instances(instances[range], of: declaration.name, with: coordinates)
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

    /// The names that references in a file can have.
    private func names(in file: StageFile) -> [String] {
        let stages = stages.values.map(\.declaration).filter { $0.file.namespace.isWithin(file.namespace) }
        let skipped = file.namespace.prefix.utf8.count
        return
            (stages.map { String($0.name.utf8.dropFirst(skipped)) ?? $0.name } + file.givenNames).sorted()
    }

    /// True if a reference means directories.
    func isDirectory(_ reference: Reference, in file: StageFile) -> Bool {
        if let (node, parent) = file.givenInput(reference.stage) {
            guard case .scalar(let text, _) = node.content, let given = Reference(text) else { return false }
            return isDirectory(given, in: parent)
        }
        guard let declaration = stages[file.fullName(reference.stage)]?.declaration else { return false }
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
