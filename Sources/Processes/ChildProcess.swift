internal import CProcesses
internal import Glibc

/// A process that this one has started, in a group of its own.
public final class ChildProcess: Sendable {
    /// What to start, and with what.
    public struct Specification: Sendable {
        /// The program's path.
        public var executable: String
        /// The arguments after the program's name.
        public var arguments: [String]
        /// The whole environment.
        public var environment: [String: String]
        /// Where standard output and standard error go.
        public var output: Int32
        /// Where standard input comes from; nil for `/dev/null`.
        public var input: Int32?
        /// A descriptor that the child finds as number 3.
        public var events: Int32?
        /// True to start a session of its own instead of a group.
        public var isDetached: Bool
        /// What the process may not do; nil if it may do what this one may.
        public var restriction: ProcessRestriction?

        /// A specification of its parts.
        public init(
            executable: String, arguments: [String], environment: [String: String], output: Int32,
            input: Int32? = nil, events: Int32? = nil, isDetached: Bool = false,
            restriction: ProcessRestriction? = nil
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.output = output
            self.input = input
            self.events = events
            self.isDetached = isDetached
            self.restriction = restriction
        }
    }

    /// How a process ended, and what it used.
    public struct Ending: Sendable, Hashable {
        /// The exit status, or nil where a signal ended it.
        public let status: Int32?
        /// The signal that ended it.
        public let signal: Int32?
        /// Processor seconds of the process and the children it waited for.
        public let cpuSeconds: Double
        /// The greatest resident memory in bytes.
        public let peakMemory: Int
    }

    /// The process's number, and its group's.
    public let number: Int32
    /// Readable once the process has ended.
    public let descriptor: Int32

    /// Starts a process with default signal handling; it inherits no descriptors but those of the specification.
    public init(_ specification: Specification) throws(ProcessError) {
        var number: Int32 = 0
        var descriptor: Int32 = -1
        var step: Int32 = 0
        let code = ChildProcess.spawn(specification, &number, &descriptor, &step)
        guard code == 0 else {
            let purpose = ProcessRestriction.purpose(ofStep: step)
            throw ProcessError(code: code, operation: purpose + specification.executable)
        }
        self.number = number
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// True if the process has ended.
    public var hasEnded: Bool { !Poller.readable([descriptor], milliseconds: 0).isEmpty }

    /// Sends a signal to the process and its group.
    public func signal(_ signal: Int32) { _ = Glibc.kill(-number, signal) }

    /// Asks the group to end.
    public func terminate() { signal(SIGTERM) }

    /// Ends the group.
    public func kill() { signal(SIGKILL) }

    /// Waits for the process and ends what is left of its group.
    public func reap() -> Ending {
        // The ended leader still holds its number, so the group cannot be another's yet.
        var information = siginfo_t()
        while waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        kill()
        var status: Int32 = 0
        var usage = rusage()
        while wait4(number, &status, 0, &usage) < 0 && errno == EINTR {}
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        let terminating = status & 0x7F
        return Ending(
            status: terminating == 0 ? (status >> 8) & 0xFF : nil,
            signal: terminating == 0 ? nil : terminating, cpuSeconds: cpu,
            peakMemory: Int(usage.ru_maxrss) * 1024)
    }

    private static func spawn(
        _ specification: Specification, _ number: inout Int32, _ descriptor: inout Int32, _ step: inout Int32
    ) -> Int32 {
        let arguments = [specification.executable] + specification.arguments
        let environment = specification.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return withCStrings(arguments) { argv in
            withCStrings(environment) { envp in
                specification.executable.withCString { executable in
                    ProcessRestriction.withPointer(to: specification.restriction) { restriction in
                        // The pointers outlive the call, and the child does not use them once its program has begun.
                        var request = sluice_spawn_request(
                            executable: executable, arguments: argv, environment: envp,
                            input: specification.input ?? -1, output: specification.output,
                            events: specification.events ?? -1,
                            starts_session: specification.isDetached ? 1 : 0, restriction: restriction)
                        return sluice_spawn(&request, &number, &descriptor, &step)
                    }
                }
            }
        }
    }
}

/// Gives `body` a NULL-terminated array of C strings, valid during the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    // Every copy is freed after `body` has returned.
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return pointers.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("the array holds NULL at least") }
        return body(base)
    }
}
