import Arguments
import Files
import Texts

/// `sluice manual`: writes the pages for man(1), which `make install` puts where `man` finds them.
enum ManualCommand: Command {
    struct Values: CommandValues {
        var folder = ""
        var directory: String? { nil }
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "manual", summary: "Write the manual's pages to a folder.",
        operands: [
            Operand("FOLDER", .one, "The folder; it is created if it does not exist.") { $0.folder = $1 }
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let folder = FilePath(values.folder)
        try FileSystem.makeDirectories(folder)
        for (name, page) in pages { try FileContents.write(page.source, to: folder.appending(name)) }
        return .done
    }

    /// The pages by their file names: one of the program, and one of each command.
    static var pages: [(name: String, page: ManualPage)] {
        [("sluice.1", overview)]
            + CommandLineTool.commands.filter { !$0.isHidden }.map { command in
                ("sluice-\(command.name.replacing(each: " ", by: "-")).1", command.manual())
            }
    }

    private static var overview: ManualPage {
        var page = ManualPage(
            "sluice", summary: "a pipeline engine that keeps every stage's output by content.",
            version: "sluice \(VersionCommand.version)")
        page.section("Synopsis")
        page.paragraph("sluice COMMAND …")
        page.section("Commands")
        for command in CommandLineTool.commands where !command.isHidden {
            page.entry(command.name, command.summary)
        }
        page.section("Options")
        for (name, text) in HelpCommand.everywhere { page.entry(name, text) }
        page.section("Environment")
        for (name, text) in HelpCommand.environment { page.entry(name, text) }
        page.section("Exit status")
        page.paragraph(HelpCommand.exitStatuses)
        return page
    }
}
