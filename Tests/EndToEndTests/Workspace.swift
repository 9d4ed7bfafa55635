import Files
import FoundationEssentials
import TestSupport

/// A fresh folder in which the real program runs pipelines.
struct Workspace {
    let folder: FilePath

    /// What `run --json` prints.
    struct Document: Decodable {
        struct Stage: Decodable {
            let name: String
            let kind: String
            let key: String?
            let disposition: String
            let outputs: [String: String]
        }
        let run: Int
        let stages: [Stage]
        let published: [String: String]

        /// What became of each stage.
        var dispositions: [String: String] {
            Dictionary(stages.map { ($0.name, $0.disposition) }) { first, _ in first }
        }

        /// The names of the stages with a disposition.
        func names(_ disposition: String) -> [String] {
            stages.filter { $0.disposition == disposition }.map(\.name)
        }

        /// The digest of every output, by stage and name.
        var digests: [String: [String: String]] {
            Dictionary(stages.map { ($0.name, $0.outputs) }) { first, _ in first }
        }
    }

    /// Writes a pipeline file.
    func write(_ text: String, to name: String = "p.yaml") throws {
        try TestSupport.write(text, to: folder.appending(name))
    }

    /// Calls the program.
    @discardableResult
    func sluice(_ arguments: String..., environment: [String: String] = [:]) throws -> BuiltProgram.Outcome {
        try BuiltProgram.sluice.run(arguments, in: folder, environment: environment)
    }

    /// Runs a pipeline and reads the document; the run must end with `status`.
    @discardableResult
    func run(
        _ arguments: String..., environment: [String: String] = [:], status: Int32 = 0
    ) throws -> Document {
        let words = arguments.isEmpty ? ["p.yaml"] : arguments
        let outcome = try BuiltProgram.sluice.run(
            ["run"] + words + ["--json"], in: folder, environment: environment)
        guard outcome.status == status else {
            throw UnexpectedOutcome(description: "status \(outcome.status): \(outcome.errors)")
        }
        return try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
    }

    /// The lines of a file that stages append to.
    func lines(of name: String) throws -> [String] {
        try read(folder.appending(name)).split(separator: "\n").map(String.init)
    }
}

struct UnexpectedOutcome: Error, CustomStringConvertible {
    let description: String
}

/// Gives `body` a fresh workspace with a pipeline.
func withWorkspace<Result>(_ pipeline: String = "", _ body: (Workspace) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
        let workspace = Workspace(folder: folder)
        // Where stages that are allowed to may leave marks for tests.
        try FileSystem.makeDirectory(folder.appending("marks"))
        if !pipeline.isEmpty { try workspace.write(pipeline) }
        return try body(workspace)
    }
}
