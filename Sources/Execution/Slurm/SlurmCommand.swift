import Files
import Processes

/// Calls Slurm's programs.
struct SlurmCommand: Sendable {
    /// What a program said.
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

    /// Where its programs are looked for, and what they get.
    let environment: [String: String]
    /// A folder for what the programs print.
    let folder: FilePath

    /// How long a program may take, in seconds: a controller that is busy is waited for by the program itself.
    private static let patience = 120.0

    /// Runs a program to its end.
    ///
    /// - Throws: `NodeTrouble` if it is not there or does not end.
    func run(_ program: String, _ arguments: [String]) throws -> Answer {
        let path = AttemptPreparation.searchPath(environment)
        guard let executable = ProgramSearch.find(program, in: path) else {
            throw NodeTrouble("'\(program)', a program of Slurm, is not on the PATH")
        }
        let outputPath = folder.appending(program + ".output")
        let errorsPath = folder.appending(program + ".errors")
        let output = try File(outputPath, .writing)
        try FileSystem.removeTree(errorsPath)
        // A shell keeps the two apart: what a child process gets is one descriptor for both.
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
