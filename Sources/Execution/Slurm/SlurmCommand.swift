import Files
import Processes

/// Calls Slurm's programs.
struct SlurmCommand: Sendable {
    /// The answer of a program.
    struct Answer: Sendable {
        let status: Int32
        let output: String
        let errors: String

        /// The first line of what went wrong, for people.
        var trouble: String {
            let lines = (errors.isEmpty ? output : errors).utf8.split(separator: UInt8(ascii: "\n"))
            return lines.last.flatMap { String($0) } ?? "exit status \(status)"
        }
    }

    /// The environment of its programs, in whose search path they are found.
    let environment: [String: String]
    /// A folder for the programs' output.
    let folder: FilePath

    /// How long a program may take, in seconds: the programs themselves wait for a busy controller.
    private static let patience = 120.0

    /// Runs a program to its end.
    ///
    /// - Throws: `NodeTrouble` if it is missing or does not end.
    func run(_ program: String, _ arguments: [String]) throws -> Answer {
        guard let executable = ProgramSearch.find(program, in: ProgramSearch.path(in: environment)) else {
            throw NodeTrouble("'\(program)', a program of Slurm, is not on the PATH")
        }
        let outputPath = folder.appending(program + ".output")
        let errorsPath = folder.appending(program + ".errors")
        let output = try File(outputPath, .writing)
        try FileSystem.removeTree(errorsPath)
        // A shell keeps output and errors apart: a child process gets one descriptor for both.
        let process = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sh",
                arguments: ["-c", "exec \"$@\" 2>\"$0\"", errorsPath.text, executable] + arguments,
                environment: environment, output: output.descriptor))
        let ready = Poller.readable([process.descriptor], milliseconds: Int(Self.patience * 1000))
        if ready.isEmpty { process.kill() }
        let ending = process.reap()
        guard !ready.isEmpty else {
            throw NodeTrouble("\(program) has not answered within \(Int(Self.patience)) seconds")
        }
        return Answer(
            status: ending.status ?? 128 + (ending.signal ?? 0),
            output: try FileContents.readText(outputPath, limit: 256 << 20),
            errors: (try? FileContents.readText(errorsPath, limit: 1 << 20)) ?? "")
    }
}
