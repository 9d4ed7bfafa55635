internal import CProcesses
internal import Glibc
internal import Texts

/// A child process in its own process group. Unlike with a `Supervisor`, the processes that it starts may outlive it.
public final class ChildProcess: Sendable {
    /// A program with its arguments and environment.
    public struct Specification: Sendable {
        /// The program's path.
        public var executable: String
        /// The arguments after the program's name.
        public var arguments: [String]
        /// The complete environment.
        public var environment: [String: String]
        /// The descriptor for standard output and standard error. Standard input is empty.
        public var output: Int32
        /// A descriptor that becomes the child's descriptor 3.
        public var events: Int32?
        /// Restrictions on the process; nil if it may do what this one may.
        public var restriction: ProcessRestriction?

        package init(
            executable: String, arguments: [String], environment: [String: String], output: Int32,
            events: Int32? = nil, restriction: ProcessRestriction? = nil
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.output = output
            self.events = events
            self.restriction = restriction
        }
    }

    /// The process ID, which is also that of its group.
    public let number: Int32
    /// Readable once the process has ended.
    public let descriptor: Int32

    /// Starts a process with default signal handling; it inherits only the descriptors of the specification.
    public init(_ specification: Specification) throws(ProcessError) {
        var number: Int32 = 0
        var descriptor: Int32 = -1
        var step: Int32 = 0
        let code = specification.withRequest { sluice_spawn($0, &number, &descriptor, &step) }
        guard code == 0 else { throw specification.error(code: code, step: step) }
        self.number = number
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// Sends a signal to the process and its group.
    public func signal(_ signal: Int32) { _ = Glibc.kill(-number, signal) }

    /// Sends SIGTERM to the group.
    public func terminate() { signal(SIGTERM) }

    /// Sends SIGKILL to the group.
    public func kill() { signal(SIGKILL) }

    /// Waits for the process and kills the rest of its group.
    public func reap() -> ProcessEnding {
        // The ended leader still holds its process ID, so the group ID cannot have been reused yet.
        var information = siginfo_t()
        while waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        kill()
        var status: Int32 = 0
        var usage = rusage()
        while wait4(number, &status, 0, &usage) < 0 && errno == EINTR {}
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        return ProcessEnding(
            waitStatus: status, cpuSeconds: cpu, peakMemory: Int(usage.ru_maxrss) * 1024)
    }
}

/// How a process ended, and the resources that it used.
public struct ProcessEnding: Sendable, Hashable {
    /// The exit status; nil if a signal ended it.
    public let status: Int32?
    /// The signal that ended it; nil if it exited.
    public let signal: Int32?
    /// Processor seconds of the process and of its descendants that were waited for.
    public let cpuSeconds: Double
    /// The peak resident memory of a process, in bytes.
    public let peakMemory: Int

    /// The ending that a status of wait(2) describes.
    init(waitStatus: Int32, cpuSeconds: Double, peakMemory: Int) {
        let signal = waitStatus & 0x7F
        status = signal == 0 ? (waitStatus >> 8) & 0xFF : nil
        self.signal = signal == 0 ? nil : signal
        self.cpuSeconds = cpuSeconds
        self.peakMemory = peakMemory
    }
}

extension ChildProcess.Specification {
    /// Calls `body` with the request to the system, valid during the call.
    func withRequest(_ body: (UnsafePointer<sluice_spawn_request>) -> Int32) -> Int32 {
        let words = [executable] + arguments
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        // The system would truncate a word at a NUL.
        guard (words + variables).allSatisfy({ !$0.contains(byte: 0) }) else { return EINVAL }
        return withCStrings(words) { argv in
            withCStrings(variables) { envp in
                SystemText.withCString(executable) { executable in
                    ProcessRestriction.withPointer(to: restriction) { restriction in
                        // The pointers outlive the call and are not used afterwards.
                        var request = sluice_spawn_request(
                            executable: executable, arguments: argv, environment: envp, output: output,
                            input: -1, events: events ?? -1, restriction: restriction,
                            parent_has_no_handlers: 0)
                        return body(&request)
                    }
                }
            }
        }
    }

    /// The error of a failed start.
    func error(code: Int32, step: Int32 = 0) -> ProcessError {
        ProcessError(code: code, operation: ProcessRestriction.purpose(ofStep: step) + executable)
    }
}

/// Calls `body` with a NULL-terminated array of C strings, valid during the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    // Every copy is freed after `body` has returned.
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { SystemText.withCString($0) { strdup($0) } }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return pointers.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("the array holds NULL at least") }
        return body(base)
    }
}
