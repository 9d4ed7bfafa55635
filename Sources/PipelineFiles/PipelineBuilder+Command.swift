import Dataflow
import StageSchemas
import Texts
import YAML

extension PipelineBuilder {
    /// The command of an instance, and its outputs; nil after a mistake.
    mutating func command(_ node: Node, _ instance: Instance) -> (Stage.Work, [Stage.Output])? {
        let declaration = instance.declaration
        let outputs = outputs(instance)
        guard case .scalar(let text, _) = node.content else { return nil }
        guard let template = template(declaration, text, node.mark) else { return nil }
        let scope = instance.scope
        let interpreter = declaration.interpreter ?? declaration.file.interpreter
        let places = declaration.places
        var quoting =
            declaration.interpreter.map { CommandQuoting(interpreter: $0) } ?? declaration.file.quoting
        var isRaw = false
        var found: [CommandQuoting.Place?] = []
        var segments: [Stage.Command.Segment] = []
        segments.reserveCapacity(template.segments.count)
        for (index, segment) in template.segments.enumerated() {
            switch segment {
            case .text(let text):
                if places == nil { quoting.pass(text) }
                segments.append(.text(text))
            case .placeholder(let name):
                if let raw = name.removing(prefix: "raw:") {
                    // The value determines how the rest is quoted, so each instance is examined separately.
                    isRaw = true
                    guard let text = admitted(scope.text(of: raw), as: name, node) else { continue }
                    quoting.pass(text)
                    segments.append(.text(text))
                    continue
                }
                let place = places.map { $0[found.count] } ?? quoting.place()
                found.append(place)
                let count = template.segments[..<index].count { $0 == .placeholder(name) }
                guard let place else {
                    diagnostics.add(
                        "a backslash before '${\(name)}' would change it; write $${ for the shell's own",
                        at: "${\(name)}", after: count, in: node.mark)
                    continue
                }
                guard
                    let segment = self.segment(
                        name, after: count, declaration, outputs, scope, place, node)
                else { continue }
                segments.append(segment)
                if places == nil, case .literal = place, segment.hasQuotationMarks,
                    let mark = template.quotationMark(around: index)
                {
                    diagnostics.add(
                        "${\(name)} becomes a quoted literal here; remove the \(mark) around it",
                        at: "${\(name)}", after: count, in: node.mark)
                }
            }
        }
        if places == nil, !isRaw { declaration.places = found }
        let hasNUL = segments.contains { segment in
            if case .text(let text) = segment { text.utf8.contains(0) } else { false }
        }
        guard !hasNUL else {
            diagnostics.add("a command cannot contain a NUL", at: node.mark)
            return nil
        }
        let command = Stage.Command(
            segments: segments, interpreter: interpreter,
            code: code(declaration.code, scope),
            environment: texts(declaration.environment, "environment", scope))
        return (.command(command), outputs)
    }

    /// The command with its placeholders; nil after a mistake.
    private mutating func template(
        _ declaration: StageDeclaration, _ text: String, _ mark: Mark
    ) -> Template? {
        if let template = declaration.template { return template }
        switch Template.parse(text, allowsRaw: true) {
        case .success(let template):
            declaration.template = template
            return template
        case .failure(let error):
            diagnostics.add(error.message, at: error.text, in: mark)
            return nil
        }
    }

    /// - Parameter placeholder: what is in the braces.
    private mutating func admitted(
        _ text: Result<String, TemplateError>, as placeholder: String, _ node: Node
    ) -> String? {
        switch text {
        case .success(let text): return diagnostics.admits(.string(text), at: node.mark) ? text : nil
        case .failure(let error):
            diagnostics.add(error.message, at: "${\(placeholder)}", in: node.mark)
            return nil
        }
    }

    /// What a placeholder stands for, before which there are `count` equal ones; nil after a mistake.
    private mutating func segment(
        _ name: String, after count: Int, _ declaration: StageDeclaration, _ outputs: [Stage.Output],
        _ scope: Scope, _ place: CommandQuoting.Place, _ node: Node
    ) -> Stage.Command.Segment? {
        if let input = name.removing(prefix: "inputs.") {
            func isInput(_ name: String) -> Bool { declaration.inputs.contains { $0.key == name } }
            if isInput(input) { return .input(input) }
            if let port = input.removing(suffix: ".list"), isInput(port) { return .inputList(port) }
            if let port = input.removing(suffix: ".table"), isInput(port) { return .inputTable(port) }
            reportUnknown(input, declaration.inputs.map(\.key), "input", name, node)
            return nil
        }
        if let output = name.removing(prefix: "outputs.") {
            if outputs.contains(where: { $0.name == output }) { return .output(output) }
            reportUnknown(output, outputs.map(\.name), "output", name, node)
            return nil
        }
        let found = scope.value(of: name)
        guard let text = admitted(found.flatMap { scope.text(of: name, $0) }, as: name, node),
            case .success(let value) = found
        else { return nil }
        if let quoted = place.quoted(value, written: text) { return .text(quoted) }
        diagnostics.add(
            "the value of '${\(name)}' cannot be inserted here: it would end the here-document, or need quotes within "
                + "backquotes; write $(…) instead of backquotes", at: "${\(name)}", after: count,
            in: node.mark)
        return nil
    }

    private mutating func reportUnknown(
        _ name: String, _ known: [String], _ what: String, _ placeholder: String, _ node: Node
    ) {
        let hint = didYouMean(name, among: known)
        let list = known.isEmpty ? "; the stage has none" : "; it has " + known.joined(separator: ", ")
        diagnostics.add(
            "unknown \(what) '\(name)'" + (hint ?? list), at: "${\(placeholder)}", in: node.mark)
    }

    private mutating func outputs(_ instance: Instance) -> [Stage.Output] {
        var outputs: [Stage.Output] = []
        for entry in instance.declaration.outputs {
            guard let (file, isOptional) = fileName(entry.value, instance.scope),
                case .string(let name) = instance.scope.value(of: file, &diagnostics)
            else {
                diagnostics.add(
                    "outputs: expected a file name, or { file: NAME, optional: true }", at: entry.value.mark)
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
                    name: entry.key, fileName: fileName, isDirectory: isDirectory, isMetrics: isMetrics,
                    isOptional: isOptional))
        }
        return outputs
    }

    /// The name in `name: file` and in `name: { file: …, optional: true }`.
    private mutating func fileName(_ node: Node, _ scope: Scope) -> (Node, isOptional: Bool)? {
        guard case .mapping(let entries) = node.content else { return (node, false) }
        guard let file = entries.first(where: { $0.key == "file" })?.value else { return nil }
        var isOptional = false
        for entry in entries where entry.key != "file" {
            guard entry.key == "optional" else {
                diagnostics.add(
                    "outputs: unknown key '\(entry.key)'; it has file and optional", at: entry.mark)
                continue
            }
            if case .boolean(let flag) = scope.value(of: entry.value, &diagnostics) {
                isOptional = flag
            } else {
                diagnostics.add("optional: expected true or false", at: entry.value.mark)
            }
        }
        return (file, isOptional)
    }

    /// Files and folders, as texts, and patterns, as `{ glob: … }`.
    private mutating func code(_ nodes: [Node], _ scope: Scope) -> [ExternalSource] {
        nodes.compactMap { node in
            guard case .mapping(let entries) = node.content else {
                return texts([node], "code", scope).first.map { ExternalSource(path: $0, shape: .any) }
            }
            guard entries.count == 1, entries[0].key == "glob" else {
                diagnostics.add(
                    "code: expected the path of a file or folder, or { glob: \"src/**/*.py\" }", at: node.mark
                )
                return nil
            }
            return FileMatches.source(entries[0].value, scope, &diagnostics)
        }
    }

    mutating func texts(_ nodes: [Node], _ name: String, _ scope: Scope) -> [String] {
        nodes.compactMap { node in
            guard case .string(let text) = scope.value(of: node, &diagnostics), !text.isEmpty else {
                diagnostics.add("\(name): expected text", at: node.mark)
                return nil
            }
            guard !text.utf8.contains(0) else {
                diagnostics.add("\(name): a name cannot contain a NUL", at: node.mark)
                return nil
            }
            return text
        }
    }
}

extension Template {
    /// The quotation mark that is both right before and right after a segment; nil if there is none.
    fileprivate func quotationMark(around index: Int) -> String? {
        guard index > 0, index + 1 < segments.count, case .text(let before) = segments[index - 1],
            case .text(let after) = segments[index + 1], let mark = before.utf8.last,
            mark == after.utf8.first, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(mark)
        else { return nil }
        return String(UnicodeScalar(mark))
    }
}

extension Stage.Command.Segment {
    /// True if it is written with quotation marks where it is a literal.
    fileprivate var hasQuotationMarks: Bool {
        if case .text(let text) = self { text.utf8.first == UInt8(ascii: "\"") } else { true }
    }
}

extension String {
    /// What follows a prefix; nil if the text begins differently, or ends there.
    fileprivate func removing(prefix: String) -> String? {
        guard utf8.count > prefix.utf8.count, utf8.starts(with: prefix.utf8) else { return nil }
        return String(utf8.dropFirst(prefix.utf8.count))
    }

    /// What precedes a suffix; nil if the text ends differently, or begins there.
    fileprivate func removing(suffix: String) -> String? {
        guard utf8.count > suffix.utf8.count, utf8.reversed().starts(with: suffix.utf8.reversed()) else {
            return nil
        }
        return String(utf8.dropLast(suffix.utf8.count))
    }
}
