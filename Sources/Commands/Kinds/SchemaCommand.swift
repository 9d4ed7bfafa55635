import Arguments
import PipelineFiles
import StageKit

/// `sluice schema`: the JSON Schema of pipeline files.
enum SchemaCommand: Command {
    struct Values: CommandValues {
        var directory: String? { nil }
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "schema", summary: "Print the JSON Schema of pipeline files, for completion in editors.",
        discussion: """
            Save it, and begin a pipeline with `# yaml-language-server: $schema=PATH`.
            """)

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        session.print(EditorSchema.document(kinds: session.kinds.schemas))
        return .done
    }
}
