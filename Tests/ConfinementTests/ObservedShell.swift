import Confinement
import Dataflow
import Files
import Glibc
import Processes
import TestSupport
import Testing

/// Runs shell commands that are confined and observed, in a folder like a project's.
///
/// `project/` is the working directory; `attempt/` has `inputs`, `outputs` and `scratch`; `store/` is hidden.
struct ObservedShell {
    let confined: ConfinedShell
    let project: PathBytes
    let attempt: PathBytes
    var rules = ObservationRules()

    struct Outcome {
        let output: String
        let status: Int32?
        let reads: ObservedReads
        let project: PathBytes

        /// What was recorded of the project's files, as `name aspect`, with `absent` for what is not there.
        var ofProject: [String] {
            reads.entries.compactMap { entry in
                entry.path.relative(to: project).map {
                    "\($0) \(entry.status == nil ? "absent" : "\(entry.aspect)")"
                }
            }
        }

        /// What was refused in the project, or elsewhere by its whole path.
        var refusals: [String] {
            reads.refusals.map { refusal in
                let place = refusal.path.map { ($0.relative(to: project) ?? $0).description } ?? "-"
                return "\(place) \(refusal.attempt)"
            }
        }

        func entry(_ path: String) -> ObservedReads.Entry? {
            reads.entries.first {
                $0.path == PathBytes(path) || $0.path.relative(to: project) == PathBytes(path)
            }
        }
    }

    init(files: [String: String] = [:]) throws {
        let shell = try ConfinedShell()
        for name in ["project", "attempt/inputs", "attempt/outputs", "attempt/scratch", "store"] {
            try FileSystem.makeDirectories(shell.folder.path.appending(name))
        }
        for (name, text) in files {
            try write(text, to: shell.folder.path.appending("project").appending(name))
        }
        confined = shell
        project = try shell.path("project")
        attempt = try shell.path("attempt")
        rules.workingDirectory = project
        rules.known = [attempt.appending("inputs".utf8)]
        rules.writable = [attempt.appending("outputs".utf8), attempt.appending("scratch".utf8)]
        rules.hidden = [try shell.path("store")]
        rules.commandFolders = [PathBytes("/usr/bin"), PathBytes("/usr/local/bin")]
    }

    /// The command's outcome; it runs in the project, with `O`, `T` and `I` for outputs, scratch and inputs.
    func run(_ command: String, in shell: String = "/bin/sh") throws -> Outcome {
        var policy = ConfinementPolicy()
        policy.allow(.run, .root)
        policy.allow(.device, StandardDevices.harmless)
        policy.allow(.write, rules.writable)
        policy.allow(.write, StandardDevices.sharedMemory)
        return try run(command, under: policy, in: shell)
    }

    func run(_ command: String, under policy: ConfinementPolicy, in shell: String = "/bin/sh") throws
        -> Outcome
    {
        let prepared = PreparedPolicy(policy, support: confined.support)
        let ruleset = try prepared.ruleset()
        let observer = Observer()
        let watch = try observer.watch()
        watch.begin(rules)
        let pipe = try ClosablePipe()
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: shell, arguments: ["-c", "cd $P\n" + command],
                environment: [
                    "PATH": "/usr/local/bin:/usr/bin:/bin", "P": project.description, "LC_ALL": "C",
                    "O": attempt.description + "/outputs", "T": attempt.description + "/scratch",
                    "I": attempt.description + "/inputs", "A": attempt.description,
                    "S": project.parent.description + "/store",
                ],
                output: pipe.writing,
                restriction: prepared.restriction(ruleset, listener: watch.listener)))
        pipe.closeWriting()
        let text = ConfinedShell.text(of: pipe)
        let ending = child.reap()
        return Outcome(
            output: text, status: ending.status, reads: watch.end(), project: project)
    }
}
