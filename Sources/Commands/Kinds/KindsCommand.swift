import Arguments
import StageKit
import StageSchemas
import Texts

/// `sluice kinds`: lists the stage kinds, or explains one.
enum KindsCommand: Command {
    struct Values: CommandValues {
        var kind: String?
        var isMarkdown = false
        var wantsFingerprints = false
        var isJSON = false
        var directory: String?
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "kinds", summary: "List the stage kinds, or explain one: its inputs, outputs and parameters.",
        operands: [Operand("KIND", .optional, "The kind to explain.") { $0.kind = $1 }],
        options: [
            .json(\.isJSON), .directory(\.directory),
            .flag(
                "--fingerprints", sets: \.wantsFingerprints,
                "Print the digest of each kind's code: programs with the same digest give the same results."),
            .flag("--markdown", sets: \.isMarkdown, "Print Docs/kinds.md.", isHidden: true),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let schemas = session.kinds.schemas
        if values.isMarkdown {
            session.print(KindPages.markdown(schemas))
            return .done
        }
        guard let name = values.kind else {
            if values.wantsFingerprints {
                printFingerprints(of: schemas.map(\.name), values, session)
            } else if values.isJSON {
                session.print(.list(schemas.map(KindPages.document)))
            } else {
                let rows = schemas.map { ($0.name, $0.summary) }
                session.print(HelpColumns.text(rows, width: CommandLineTool.helpWidth(session)))
            }
            return .done
        }
        guard let schema = schemas.first(where: { $0.name == name }) else {
            let hint = didYouMean(name, among: schemas.map(\.name))
            throw CommandFailure.usage(
                "there is no stage kind '\(name)'" + (hint ?? "; `sluice kinds` lists them"))
        }
        if values.wantsFingerprints {
            printFingerprints(of: [schema.name], values, session)
        } else if values.isJSON {
            session.print(KindPages.document(schema))
        } else {
            session.print(KindPages.text(schema, width: CommandLineTool.helpWidth(session)))
        }
        return .done
    }

    private static func printFingerprints(of names: [String], _ values: Values, _ session: Session) {
        let rows = names.map { ($0, session.kinds.fingerprint(of: $0) ?? "") }
        if values.isJSON {
            session.print(.list(rows.map { ["name": .string($0.0), "fingerprint": .string($0.1)] }))
        } else {
            let width = rows.map(\.0.utf8.count).max() ?? 0
            session.print(
                rows.map { $0.0 + String(repeating: " ", count: width - $0.0.utf8.count + 2) + $0.1 + "\n" }
                    .joined())
        }
    }
}
