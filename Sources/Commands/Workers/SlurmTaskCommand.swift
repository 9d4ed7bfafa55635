import Arguments
import Execution
import Files
import Glibc
import Processes

/// `sluice slurm-task FILE`: the attempts of one job, started by Slurm.
enum SlurmTaskCommand: Command {
    struct Values: CommandValues {
        var file = ""
        var directory: String? { nil }
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "slurm-task", summary: "Run the attempts of a job for a driver.",
        operands: [Operand("FILE", .one, "The list of attempts.") { $0.file = $1 }])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        signal(SIGPIPE, SIG_IGN)
        Supervisor.adoptOrphans()
        let machine = NodeTask.Machine(
            host: session.environment["SLURMD_NODENAME"] ?? "its node",
            workerExecutable: try FileSystem.canonical("/proc/self/exe").text,
            environment: session.environment, programs: WorkerPrograms.folders)
        try NodeTask(file: FilePath(values.file), machine: machine).run { session.note("sluice: \($0)") }
        return .done
    }
}
