import Arguments
import StageSchemas

/// `sluice version`: which version of the program this is.
enum VersionCommand: Command {
    struct Values: CommandValues {
        var isJSON = false
        var directory: String? { nil }
    }

    /// The version of the program; the newest section of CHANGELOG.md describes it.
    static let version = "0.2.0"

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "version", summary: "Print the program's version.", options: [.json(\.isJSON)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        if values.isJSON {
            session.print(["version": .string(version)])
        } else {
            session.print("sluice \(version)")
        }
        return .done
    }
}
