import Arguments

/// `sluice help`: lists the commands, or explains one.
enum HelpCommand: Command {
    struct Values: CommandValues {
        var words: [String] = []
        var directory: String? { nil }
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "help", summary: "List the commands, or explain one, or a pipeline's parameters.",
        operands: [
            Operand("COMMAND", .any, "The command to explain, or a pipeline file.") { $0.words.append($1) }
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let width = CommandLineTool.helpWidth(session)
        if values.words.count == 1, let group = group(values.words[0], width: width) {
            session.print(group)
            return .done
        }
        if values.words.count == 1, PipelinePage.isFile(values.words[0]) {
            session.print(PipelinePage.text(try session.outline(of: values.words[0]), width: width))
            return .done
        }
        if !values.words.isEmpty {
            session.print(try CommandLineTool.command(for: values.words).0.help(width))
            return .done
        }
        session.print(overview(width: width))
        return .done
    }

    /// The commands of a group such as `cache`, with a sentence each; nil if there is no such group, or it is also a command.
    static func group(_ name: String, width: Int) -> String? {
        let commands = CommandLineTool.commands.filter { !$0.isHidden }
        let members = commands.filter { $0.name.hasPrefix(name + " ") }
        guard !members.isEmpty, !commands.contains(where: { $0.name == name }) else { return nil }
        return "Usage: sluice \(name) COMMAND …\n\n"
            + HelpColumns.text(members.map { ("  " + $0.name, $0.summary) }, width: width) + "\n\n"
            + "`sluice help \(name) COMMAND` explains one.\n"
    }

    /// All commands with a sentence each.
    static func overview(width: Int) -> String {
        let rows = CommandLineTool.commands.filter { !$0.isHidden }.map { ("  " + $0.name, $0.summary) }
        return """
            Sluice \(VersionCommand.version) lets only what changed flow: a pipeline engine that keeps every stage's output by content.

            Usage: sluice COMMAND …

            \(HelpColumns.text(rows, width: width))

            `sluice help COMMAND` explains one.

            Everywhere:
            \(HelpColumns.text(everywhere.map { ("  " + $0.name, $0.text) }, width: width))

            Environment:
            \(HelpColumns.text(environment.map { ("  " + $0.name, $0.text) }, width: width))

            Exit codes: \(exitStatuses)

            """
    }

    /// The options of all commands.
    static let everywhere: [(name: String, text: String)] = [
        ("-C DIR", "Work in this directory."),
        ("--color WHEN", "Use colors always, never, or only on terminals (auto, the default)."),
    ]

    /// The variables that affect all commands.
    static let environment: [(name: String, text: String)] = [
        ("SLUICE_STORE", "The store; by default artifacts/store.sqlite, here or in a parent folder."),
        (
            "SLUICE_COPIES",
            "How many bytes of recent results are kept as plain files after a run; by default 20GB."
        ),
        ("NO_COLOR", "Disables colors, unless --color enables them."),
    ]

    /// What the exit statuses mean.
    static let exitStatuses =
        "0 done, 1 a stage failed, 2 usage or invalid pipeline, 3 trouble with the store, 130 interrupted."
}
