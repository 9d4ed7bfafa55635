import Arguments
import Clocks
import Files
import Glibc
import Processes
import StageKit

/// `sluice worker REQUEST`: one attempt of a Swift kind, started by the driver.
enum WorkerCommand: Command {
    struct Values: CommandValues {
        var request = ""
        var directory: String? { nil }
    }

    static let usesStore = false

    static let syntax = CommandSyntax<Values>(
        name: "worker", summary: "Run one attempt of a stage for a driver.",
        operands: [Operand("REQUEST", .one, "The request file.") { $0.request = $1 }])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        ProcessTable.dieWithParent()
        let descriptor = WorkerMain.eventsDescriptor
        let status = WorkerMain.run(
            requestAt: FilePath(values.request), registry: session.kinds,
            clock: { MonotonicClock.seconds() }
        ) { line in
            // A line is written as a whole, so that lines from several threads cannot mix; a broken pipe means that the
            // driver is gone.
            var rest = line[...]
            while !rest.isEmpty {
                let count = write(descriptor, Array(rest), rest.count)
                guard count > 0 || errno == EINTR else { return }
                rest = rest.dropFirst(max(0, count))
            }
        }
        return status == 0 ? .done : .stageFailed
    }
}
