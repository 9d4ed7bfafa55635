import Files
import FoundationEssentials
import Glibc
import TestSupport
import Testing

private let pipeline = """
    pipeline: plain
    stages:
      first: { run: "cat ${inputs.f} > ${outputs.o}", inputs: { f: { file: in.txt } }, outputs: { o: o.txt } }
      second:
        run: cp ${inputs.i} ${outputs.o}
        inputs: { i: first }
        matrix: { k: [1, 2] }
        outputs: { o: o.txt }
    """

private func withInput(_ body: (Workspace) throws -> Void) throws {
    try withWorkspace(pipeline) { workspace in
        try workspace.write("1", to: "in.txt")
        try body(workspace)
    }
}

@Test func theProgramAloneAndGroupsOfCommandsExplainThemselves() throws {
    try withWorkspace { workspace in
        let alone = try workspace.sluice()
        #expect(alone.status == 0 && alone.output.contains("Usage: sluice COMMAND"))
        let cache = try workspace.sluice("cache")
        #expect(cache.status == 0 && cache.output.contains("cache verify"))
        #expect(try workspace.sluice("help", "cache").output == cache.output)
        #expect(try workspace.sluice("cach").status == 2)
    }
}

@Test func theStoreAboveIsUsed() throws {
    try withInput { workspace in
        try workspace.run("p.yaml")
        try FileSystem.makeDirectories(workspace.folder.appending("src/deep"))
        let inside = workspace.folder.appending("src/deep")
        let again = try BuiltProgram.sluice.run(["run", "../../p.yaml"], in: inside)
        #expect(again.status == 0 && again.errors.contains("which has the store"), "\(again.errors)")
        #expect(again.errors.contains("all 3 stages"))
        #expect(!FileSystem.exists(inside.appending("artifacts")))
        // Without a pipeline, that of the latest run.
        #expect(try BuiltProgram.sluice.run(["status", "--exit-code"], in: inside).status == 0)
        let got = try BuiltProgram.sluice.run(["cache", "get", "first", "here.txt"], in: inside)
        #expect(got.status == 0 && FileSystem.exists(inside.appending("here.txt")))
        // A store of one's own comes first.
        let own = try BuiltProgram.sluice.run(
            ["runs"], in: inside, environment: ["SLUICE_STORE": inside.appending("s.sqlite").text])
        #expect(own.errors.contains("no runs"))
        // One that cannot be looked at is an error, not passed over.
        try FileSystem.symbolicLink(to: "artifacts", at: inside.appending("artifacts"))
        let hidden = try BuiltProgram.sluice.run(["runs"], in: inside)
        #expect(hidden.status == 3 && hidden.errors.contains("symbolic links"), "\(hidden.errors)")
    }
}

@Test func theExitCodeSaysWhetherAnythingWouldRun() throws {
    try withInput { workspace in
        #expect(try workspace.sluice("status", "p.yaml", "--exit-code").status == 1)
        #expect(try workspace.sluice("status", "p.yaml").status == 0)
        try workspace.run("p.yaml")
        #expect(try workspace.sluice("status", "p.yaml", "--exit-code").status == 0)
    }
}

@Test func unknownNamesAreErrors() throws {
    try withInput { workspace in
        try workspace.run("p.yaml")
        #expect(try workspace.sluice("cache", "ls", "frist").status == 2)
        #expect(try workspace.sluice("cache", "ls", "--pipeline", "other").status == 2)
        #expect(try workspace.sluice("cache", "show", "frist").status == 2)
        #expect(try workspace.sluice("logs", "frist").status == 2)
        // A stage of two pipelines: the answer says whose it is.
        try workspace.write(pipeline.replacing("pipeline: plain", with: "pipeline: other"), to: "q.yaml")
        try workspace.run("q.yaml")
        let shown = try workspace.sluice("cache", "cat", "first")
        #expect(
            shown.status == 0 && shown.errors.contains("using that of 'other'")
                && shown.errors.contains("'plain'"))
        #expect(try workspace.sluice("cache", "cat", "plain:first").errors.isEmpty)
        #expect(try workspace.sluice("lineage", "first").errors.contains("using that of 'other'"))
        let logs = try workspace.sluice("logs", "first")
        #expect(logs.status == 0 && logs.errors.contains("using that of 'other'"), "\(logs.errors)")
        #expect(
            try !workspace.sluice("logs", "first", "--pipeline", "plain").errors.contains("using that of"))
    }
}

@Test func missingFilesAreFoundByCheck() throws {
    try withWorkspace(pipeline) { workspace in
        let outcome = try workspace.sluice("check", "p.yaml")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("p.yaml:3") && outcome.errors.contains("in.txt does not exist"))
        try workspace.write("1", to: "in.txt")
        #expect(try workspace.sluice("check", "p.yaml").status == 0)
    }
}

@Test func graphsAndLogsAreDocumentsToo() throws {
    try withInput { workspace in
        try workspace.run("p.yaml")
        let graph = try workspace.sluice("graph", "p.yaml", "--json")
        #expect(graph.status == 0 && graph.output.contains("\"instances\":2"))
        let logs = try workspace.sluice("logs", "first", "--json")
        #expect(logs.status == 0 && logs.output.contains("\"disposition\":\"ran\""))
    }
}

@Test func wordsAreCompleted() throws {
    try withInput { workspace in
        try workspace.run("p.yaml", "--name", "base")
        func complete(_ words: String...) throws -> [String] {
            let outcome = try BuiltProgram.sluice.run(["complete", "--"] + words, in: workspace.folder)
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            return outcome.output.split(separator: "\n").map(String.init)
        }
        #expect(try complete("sta") == ["status"])
        #expect(try complete("cache", "ve") == ["verify"])
        #expect(try complete("run", "--dry") == ["--dry-run"])
        #expect(try complete("run", "p.yaml", "sec") == ["second", "second[k=1]", "second[k=2]"])
        #expect(try complete("cache", "show", "fi") == ["first.o"])
        #expect(try complete("compare", "ba") == ["base"])
        #expect(try complete("kinds", "dedup") == ["deduplicate"])
        #expect(try complete("run", "p") == [])
        #expect(try complete("run", "p.yaml", "--executor", "") == ["local", "slurm"])
        #expect(try complete("graph", "p.yaml", "--format", "m") == ["mermaid"])
        #expect(try complete("compare", "--artifact", "first.") == ["first.o"])
        #expect(try complete("run", "p.yaml", "--params", "") == [])
        #expect(try complete("run", "--color", "a") == ["always", "auto"])
        for shell in ["bash", "zsh", "fish"] {
            #expect(try workspace.sluice("completion", shell).output.contains("sluice complete"))
        }
        #expect(try workspace.sluice("completion", "sh").status == 2)
    }
}

@Test func watchingRunsAgainWhenAFileChanges() throws {
    try withInput { workspace in
        let watching = try BuiltProgram.sluice.start(["watch", "p.yaml"], in: workspace.folder)
        func waitForRuns(_ count: Int) throws {
            for _ in 0..<600 {
                let runs = try workspace.sluice("runs", "--json").output
                if runs.components(separatedBy: "\"outcome\":\"").count - 1 >= count,
                    !runs.contains("\"running\"")
                {
                    return
                }
                usleep(100_000)
            }
            Issue.record("no run \(count)")
        }
        try waitForRuns(1)
        try workspace.write("2", to: "in.txt")
        try waitForRuns(2)
        #expect(try workspace.sluice("cache", "cat", "first").output == "2")
        // A mistake does not end it, and an unrelated file does not trigger it.
        try workspace.write("pipeline: [", to: "p.yaml")
        try workspace.write("x", to: "beside.txt")
        usleep(300_000)
        try workspace.write(pipeline.replacing("[1, 2]", with: "[1, 2, 3]"), to: "p.yaml")
        try waitForRuns(3)
        watching.interrupt()
        let outcome = try watching.wait(seconds: 60)
        #expect(outcome.status == 130)
        #expect(outcome.errors.contains("mistake") && outcome.errors.contains("(run 3)"))
    }
}
