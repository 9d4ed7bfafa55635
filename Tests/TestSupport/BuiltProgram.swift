public import Files
import FoundationEssentials
import Glibc
import Processes

/// A program, run as people run it.
public struct BuiltProgram: Sendable {
    /// The program `sluice`.
    public static let sluice = BuiltProgram("sluice")

    /// Its path: next to the running tests.
    public let path: FilePath

    /// The program of a name.
    public init(_ name: String) {
        let tests = (try? FileSystem.canonical("/proc/self/exe")) ?? "/"
        path = tests.parent.appending(name)
    }

    /// A program of the system.
    public init(at path: FilePath) { self.path = path }

    /// How a program ended, and what it said.
    public struct Outcome: Sendable {
        /// The exit status; 128 and the signal's number where a signal ended it.
        public let status: Int32
        /// What it wrote to standard output.
        public let output: String
        /// What it wrote to standard error.
        public let errors: String
        /// True where it had to be ended because it took too long.
        public let isTimedOut: Bool
    }

    /// Starts it in `folder` with a small fixed environment, extended by `environment`.
    public func start(
        _ arguments: [String], in folder: FilePath, environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try RunningProgram(path, arguments, in: folder, environment: environment)
    }

    /// Runs it to its end.
    @discardableResult
    public func run(
        _ arguments: [String], in folder: FilePath, environment: [String: String] = [:], seconds: Double = 120
    ) throws -> Outcome {
        try start(arguments, in: folder, environment: environment).wait(seconds: seconds)
    }
}

/// A program that has been started.
public final class RunningProgram: Sendable {
    private let process: ChildProcess
    private let captures: FilePath

    init(
        _ path: FilePath, _ arguments: [String], in folder: FilePath, environment: [String: String]
    ) throws {
        let captures = FilePath(
            FileManager.default.temporaryDirectory.path + "/sluice-output-" + UUID().uuidString)
        try FileSystem.makeDirectories(captures)
        self.captures = captures
        let output = try File(captures.appending("output"), .writing)
        var variables = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.text, "LANG": "C",
            "ERRORS": captures.appending("errors").text, "FOLDER": folder.text,
        ]
        variables.merge(environment) { _, new in new }
        // The shell changes the directory and takes standard error apart; then it becomes the program.
        let script = """
            cd "$FOLDER" || exit 97; exec 2>"$ERRORS"; unset ERRORS FOLDER; exec "$@"
            """
        process = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", script, "sh", path.text] + arguments,
                environment: variables, output: output.descriptor))
    }

    /// The process's number.
    public var number: Int32 { process.number }

    /// Ends the program alone, as `kill -9` does.
    public func kill() { _ = Glibc.kill(process.number, SIGKILL) }

    /// Sends it what Ctrl-C sends, as a terminal does: to its process group.
    public func interrupt() { _ = Glibc.kill(-process.number, SIGINT) }

    /// What it has written to standard error until now.
    public var errorsSoFar: String {
        let bytes = (try? FileContents.read(captures.appending("errors"))) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What it has written to standard output until now.
    public var outputSoFar: String {
        let bytes = (try? FileContents.read(captures.appending("output"))) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    /// True where it has ended.
    public func hasEnded(within seconds: Double) -> Bool {
        !Poller.readable([process.descriptor], milliseconds: Int(seconds * 1000)).isEmpty
    }

    /// Waits for its end; after `seconds` it is killed.
    public func wait(seconds: Double = 120) throws -> BuiltProgram.Outcome {
        let isTimedOut = !hasEnded(within: seconds)
        if isTimedOut { process.kill() }
        let ending = process.reap()
        let output = try FileContents.read(captures.appending("output"))
        let errors = (try? FileContents.read(captures.appending("errors"))) ?? []
        try FileSystem.removeTree(captures)
        return BuiltProgram.Outcome(
            status: ending.status ?? 128 + (ending.signal ?? 0),
            output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self), isTimedOut: isTimedOut)
    }
}
