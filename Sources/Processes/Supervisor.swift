internal import CProcesses
internal import Glibc
internal import Synchronization

/// A process that runs programs, one at a time, and kills each together with every process that it has started.
///
/// A program's descendants are found wherever they are: in another session, process group or environment. They end when
/// the program ends or is killed, and when this process dies from any signal. A supervisor is cheap: it is
/// forked from this process once and reused, and it starts programs while this process does other work.
public final class Supervisor: Sendable {
    /// How a program ended.
    public enum Ending: Sendable, Hashable {
        /// It ran, and none of its processes is left. `leftProcesses` if it left some running, which were killed.
        case ended(ProcessEnding, leftProcesses: Bool)
        /// It ran, and some of its processes could not be killed. The abandoned supervisor keeps trying.
        case unending(ProcessEnding)
        /// It could not be started.
        case notStarted(ProcessError)
        /// The supervisor itself was killed.
        case lost
    }

    /// This process's supervisors. Locked while one is created, so that it is not mistaken for an orphan.
    private static let all = Mutex<Set<Int32>>([])

    private let number: Int32
    /// Readable once the program has ended.
    public let descriptor: Int32
    private let program = Mutex<ChildProcess.Specification?>(nil)

    /// Starts a supervisor.
    public init() throws(ProcessError) {
        let (number, channel, code) = Self.all.withLock { all in
            var channel: Int32 = -1
            let number = sluice_start_supervisor(&channel)
            if number > 0 { all.insert(number) }
            return (number, channel, errno)
        }
        guard number > 0 else { throw ProcessError(code: code, operation: "start a supervisor") }
        self.number = number
        descriptor = channel
    }

    deinit {
        // When the channel closes, the supervisor kills its remaining processes and exits.
        _ = close(descriptor)
        while waitpid(number, nil, 0) < 0 && errno == EINTR {}
        Self.all.withLock { _ = $0.remove(number) }
    }

    /// Starts a program. The previous one must have ended, and its ending must have been taken.
    public func start(_ specification: ChildProcess.Specification) throws(ProcessError) {
        program.withLock { $0 = specification }
        let code = specification.withRequest { sluice_supervise(descriptor, $0) }
        guard code == 0 else { throw specification.error(code: code) }
    }

    /// Sends SIGTERM to the program and its process group.
    public func terminate() { _ = sluice_terminate(descriptor) }

    /// Kills the program and every process that it has started.
    public func kill() { _ = sluice_kill(descriptor) }

    /// The bytes of private memory of the program and its descendants; exact if over the limit. Nil if the kernel does not
    /// report them.
    public func memory(ifOver limit: Int) -> Int? { ProcessTable.memory(below: number, ifOver: limit) }

    /// How the program ended; nil if it is still running. Does not wait.
    public func takeEnding() -> Ending? {
        var ending = sluice_ending()
        let result = sluice_receive_ending(descriptor, &ending)
        guard result != 0 else { return nil }
        guard result > 0 else { return .lost }
        if ending.failure != 0, let program = program.withLock({ $0 }) {
            return .notStarted(program.error(code: ending.failure, step: ending.step))
        }
        let process = ProcessEnding(
            waitStatus: ending.status, cpuSeconds: Double(ending.cpu_microseconds) / 1e6,
            peakMemory: Int(ending.peak_kilobytes) * 1024)
        return ending.left != 0 ? .unending(process) : .ended(process, leftProcesses: ending.strays != 0)
    }
}

extension Supervisor {
    /// Makes this process the parent of the processes that a killed supervisor leaves.
    public static func adoptOrphans() { sluice_adopt_orphans() }

    /// Kills the processes that killed supervisors have left to this process; waits a few seconds at most.
    ///
    /// A supervisor has its own session, so none of its descendants can be in this process's session.
    public static func endOrphans() {
        all.withLock { supervisors in
            for _ in 0..<500 {
                let orphans = ProcessTable.children().filter { child in
                    !supervisors.contains(child) && getsid(child) != getsid(0)
                }
                if orphans.isEmpty { return }
                for orphan in orphans {
                    _ = Glibc.kill(orphan, SIGKILL)
                    _ = waitpid(orphan, nil, WNOHANG)
                }
                usleep(10_000)
            }
        }
    }
}
