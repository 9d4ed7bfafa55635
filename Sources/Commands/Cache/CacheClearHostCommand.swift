import Arguments
import ArtifactStore

/// `sluice cache clear-host`: clears what the processes of a lost host have left behind.
enum CacheClearHostCommand: Command {
    struct Values: CommandValues {
        var host = ""
        var forces = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache clear-host", summary: "Clear what the runs of a lost host have left behind.",
        discussion: """
            On a shared disk, the claims, runs and attempts of a crashed machine may look alive for some time, or forever if the
            file system does not support locks between hosts. Processes that still hold their locks are skipped.
            """,
        operands: [
            Operand("HOST", .one, "The host's name, as in \"process 4711 on HOST\".") { $0.host = $1 }
        ],
        options: [
            .flag(
                "--force", sets: \.forces,
                "Also clear processes that still hold their locks: only if the host is certainly gone."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard try session.storeExists() else {
            session.note("There is no store yet.")
            return .done
        }
        let report = try session.openStore(.readWrite).maintenance.clear(
            host: values.host, forces: values.forces)
        for process in report.cleared { session.print("cleared \(process.escapedForDisplay)") }
        for process in report.alive {
            session.note(
                "skipped \(process.escapedForDisplay), which still holds its lock; --force clears it, too")
        }
        if report.cleared.isEmpty && report.alive.isEmpty {
            session.note("The store has nothing from a host '\(values.host.escapedForDisplay)'.")
        }
        return report.alive.isEmpty ? .done : .store
    }
}
