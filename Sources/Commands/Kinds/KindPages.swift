import Arguments
import StageSchemas

/// What people read of stage kinds. Pure.
enum KindPages {
    /// One kind for a terminal.
    static func text(_ schema: StageSchema, width: Int) -> String {
        var sections = [HelpColumns.paragraphs("\(schema.name): \(schema.summary)", width: width)]
        if !schema.discussion.isEmpty {
            sections.append(HelpColumns.paragraphs(schema.discussion, width: width))
        }
        if !schema.inputs.isEmpty {
            let rows = schema.inputs.map { ("  " + $0.name, arity($0.arity) + $0.help) }
            sections.append("Inputs:\n" + HelpColumns.text(rows, width: width))
        }
        let outputs = schema.outputs.map { ("  " + $0.name, "\(fileName($0)): \($0.help)") }
        sections.append("Outputs:\n" + HelpColumns.text(outputs, width: width))
        if !schema.parameters.isEmpty {
            let rows = parameters(schema.parameters).map { row in
                (
                    "  " + row.name,
                    "\(row.type)\(row.standard.isEmpty ? "" : ", default \(row.standard)"). \(row.help)"
                )
            }
            sections.append("Parameters:\n" + HelpColumns.text(rows, width: width))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// All kinds as a page of Markdown.
    static func markdown(_ schemas: [StageSchema]) -> String {
        let list = schemas.map { "- [`\($0.name)`](#\($0.name)): \($0.summary)" }.joined(separator: "\n")
        let header = """
            # Stage kinds

            <!-- Written by `make docs` from the kinds themselves; edit their schemas, not this page. -->

            Every file of JSON that a stage writes, `report.json` and the like, has one layout: indented by two, names sorted, short lists on
            one line, and numbers with the digits that tell them from their neighbours.

            \(list)

            """
        return header + schemas.map { "\n" + markdown($0) }.joined()
    }

    private static func markdown(_ schema: StageSchema) -> String {
        var text = "## \(schema.name)\n\n\(schema.summary)\n"
        if !schema.discussion.isEmpty { text += "\n\(schema.discussion)\n" }
        if !schema.inputs.isEmpty {
            text += "\n| input | takes | |\n|---|---|---|\n"
            for port in schema.inputs {
                let takes = arity(port.arity)
                text += row(["`\(port.name)`", takes.isEmpty ? "one" : String(takes.dropLast(2)), port.help])
            }
        }
        text += "\n| output | file | |\n|---|---|---|\n"
        for port in schema.outputs { text += row(["`\(port.name)`", "`\(fileName(port))`", port.help]) }
        if !schema.parameters.isEmpty {
            text += "\n| parameter | values | default | |\n|---|---|---|---|\n"
            for parameter in parameters(schema.parameters) {
                let standard = parameter.standard.isEmpty ? "required" : "`\(parameter.standard)`"
                text += row(["`\(parameter.name)`", parameter.type, standard, parameter.help])
            }
        }
        return text
    }

    private static func row(_ cells: [String]) -> String {
        let escaped = cells.map { cell in
            cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        }
        return "| " + escaped.joined(separator: " | ") + " |\n"
    }

    /// The parameters, those inside records and lists of records with their dotted names.
    private static func parameters(
        _ parameters: [Parameter], prefix: String = ""
    ) -> [(name: String, type: String, standard: String, help: String)] {
        parameters.flatMap { parameter in
            let own = (
                name: prefix + parameter.name, type: parameter.type.phrase,
                standard: parameter.defaultValue.map(\.json) ?? "", help: parameter.help
            )
            return [own] + nested(parameter.type, prefix: prefix + parameter.name)
        }
    }

    private static func nested(
        _ type: ParameterType, prefix: String
    ) -> [(name: String, type: String, standard: String, help: String)] {
        switch type {
        case .record(let inner): parameters(inner, prefix: prefix + ".")
        case .list(let element): nested(element, prefix: prefix + "[]")
        case .map(let element): nested(element, prefix: prefix + ".*")
        case .optional(let inner): nested(inner, prefix: prefix)
        case .boolean, .integer, .number, .string, .choice: []
        }
    }

    private static func arity(_ arity: InputPort.Arity) -> String {
        switch arity {
        case .one: ""
        case .optional: "optional: "
        case .many: "one or more: "
        case .any: "none or more: "
        }
    }

    private static func fileName(_ port: OutputPort) -> String {
        port.fileName + (port.isDirectory ? "/" : "")
    }

    /// A kind as JSON.
    static func document(_ schema: StageSchema) -> Value {
        [
            "name": .string(schema.name), "summary": .string(schema.summary),
            "inputs": .list(schema.inputs.map { ["name": .string($0.name), "help": .string($0.help)] }),
            "outputs": .list(
                schema.outputs.map {
                    [
                        "name": .string($0.name), "file": .string(fileName($0)), "help": .string($0.help),
                    ]
                }),
            "parameters": .list(
                parameters(schema.parameters).map {
                    [
                        "name": .string($0.name), "values": .string($0.type),
                        "default": $0.standard.isEmpty ? .null : .string($0.standard),
                        "help": .string($0.help),
                    ]
                }),
        ]
    }
}
