internal import CLinux
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

        /// A specification of its parts.
        public init(
            executable: String, arguments: [String], environment: [String: String], output: Int32,
            input: Int32? = nil, events: Int32? = nil, isDetached: Bool = false
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.output = output
            self.input = input
            self.events = events
            self.isDetached = isDetached
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

    /// Starts a process with default signal handling.
    public init(_ specification: Specification) throws(ProcessError) {
        var number: pid_t = 0
        let code = ChildProcess.spawn(specification, &number)
        guard code == 0 else {
            throw ProcessError(code: code, operation: "start \(specification.executable)")
        }
        self.number = number
        descriptor = sluice_open_process(number)
        guard descriptor >= 0 else {
            let code = errno
            _ = Glibc.kill(-number, SIGKILL)
            throw ProcessError(code: code, operation: "watch \(specification.executable)")
        }
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

    private static func spawn(_ specification: Specification, _ number: inout pid_t) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input = specification.input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, specification.output, 1)
        posix_spawn_file_actions_adddup2(&actions, specification.output, 2)
        if let events = specification.events { posix_spawn_file_actions_adddup2(&actions, events, 3) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // 0x80 is POSIX_SPAWN_SETSID, which Swift's Glibc module does not have.
        let group = specification.isDetached ? 0x80 : Int32(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(
            &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | group))

        let arguments = [specification.executable] + specification.arguments
        let environment = specification.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return withCStrings(arguments) { argv in
            withCStrings(environment) { envp in
                posix_spawn(&number, specification.executable, &actions, &attributes, argv, envp)
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
