import Confinement
import Files
import TestSupport
import Testing

private let isObserved = ConfinementSupport.ofThisKernel().notice == nil

/// What a command reads without declaring it is an input all the same.
@Suite(.enabled(if: isObserved))
struct DiscoveredInputTests {
    /// The pipeline's one stage runs `run`.
    private func pipeline(_ run: String, more: String = "") -> String {
        """
        pipeline: discovered
        stages:
          s: { run: "\(run) > ${outputs.o}", outputs: { o: o.txt }\(more) }
        publish: { o.txt: s }
        """
    }

    private func output(_ workspace: Workspace) throws -> String {
        try read(workspace.folder.appending("artifacts/out/discovered/o.txt"))
    }

    /// What becomes of the stage now.
    private func run(_ workspace: Workspace, environment: [String: String] = [:]) throws -> String {
        try workspace.run("p.yaml", environment: environment).dispositions["s"] ?? "nothing"
    }

    private func why(_ workspace: Workspace) throws -> String {
        try workspace.sluice("why", "p.yaml", "s").output
    }

    @Test func aModuleThatAScriptImportsIsAnInput() throws {
        try withWorkspace(pipeline("python3 src/tool.py")) { workspace in
            let folder = workspace.folder
            try write("import helper\nprint(helper.word())\n", to: folder.appending("src/tool.py"))
            try write("def word(): return 'one'\n", to: folder.appending("src/helper.py"))
            #expect(try run(workspace) == "ran")
            #expect(try run(workspace) == "cached")
            try write("def word(): return 'two'\n", to: folder.appending("src/helper.py"))
            #expect(try why(workspace).contains("src/helper.py, which the command read, has changed"))
            #expect(
                try workspace.sluice("status", "p.yaml").output.contains(
                    "src/helper.py, which the command read, changed"))
            #expect(try run(workspace) == "ran" && output(workspace) == "two\n")
            // Several results stay useful.
            try write("def word(): return 'one'\n", to: folder.appending("src/helper.py"))
            #expect(try run(workspace) == "cached" && output(workspace) == "one\n")
            // A file that is not read does not matter; a module that would be found first does.
            try write("text", to: folder.appending("src/notes.txt"))
            #expect(try run(workspace) == "cached")
            try write("def word(): return 'package'\n", to: folder.appending("src/helper/__init__.py"))
            #expect(try run(workspace) == "ran" && output(workspace) == "package\n")
            #expect(!FileSystem.exists(folder.appending("src/__pycache__")))
        }
    }

    @Test func filesThatAreReadMissingOrListedAreInputs() throws {
        try withWorkspace(pipeline("(cat a; cat b || echo none; ls folder; readlink link || true)")) {
            workspace in
            let folder = workspace.folder
            try write("a\n", to: folder.appending("a"))
            try write("", to: folder.appending("folder/x"))
            try FileSystem.symbolicLink(to: "a", at: folder.appending("link"))
            #expect(try run(workspace) == "ran" && output(workspace) == "a\nnone\nx\na\n")
            #expect(try run(workspace) == "cached")
            try write("here\n", to: folder.appending("b"))
            #expect(try why(workspace).contains("b, which the command read, has changed: it was absent"))
            #expect(try run(workspace) == "ran" && output(workspace) == "a\nhere\nx\na\n")
            try write("", to: folder.appending("folder/y"))
            #expect(try why(workspace).contains("folder, which the command read, has changed"))
            #expect(try run(workspace) == "ran" && output(workspace) == "a\nhere\nx\ny\na\n")
            try FileSystem.removeFile(folder.appending("link"))
            try FileSystem.symbolicLink(to: "b", at: folder.appending("link"))
            #expect(try run(workspace) == "ran" && output(workspace) == "a\nhere\nx\ny\nb\n")
            try FileSystem.removeFile(folder.appending("b"))
            #expect(try run(workspace) == "ran")
            #expect(try output(workspace) == "a\nnone\nx\ny\nb\n")
        }
    }

    @Test func programsAreInputsWhereverTheyAreFound() throws {
        try withWorkspace(pipeline("tool")) { workspace in
            let folder = workspace.folder
            func program(_ name: String, _ word: String) throws {
                try write("#!/bin/sh\necho \(word)\n", to: folder.appending(name))
                try FileSystem.setMode(0o755, of: folder.appending(name))
            }
            try program("late/tool", "late")
            let path = "\(folder)/early:\(folder)/late:/usr/bin:/bin"
            try FileSystem.makeDirectory(folder.appending("early"))
            #expect(try run(workspace, environment: ["PATH": path]) == "ran")
            #expect(try run(workspace, environment: ["PATH": path]) == "cached")
            // Another search path with the same programs changes nothing.
            #expect(try run(workspace, environment: ["PATH": path + ":/nowhere"]) == "cached")
            try program("other/tool", "other")
            let other = "\(folder)/other:" + path
            #expect(
                try run(workspace, environment: ["PATH": other]) == "ran" && output(workspace) == "other\n")
            #expect(
                try run(workspace, environment: ["PATH": path]) == "cached" && output(workspace) == "late\n")
            try program("early/tool", "early")
            #expect(
                try run(workspace, environment: ["PATH": path]) == "ran" && output(workspace) == "early\n")
            try program("early/tool", "new")
            #expect(try run(workspace, environment: ["PATH": path]) == "ran" && output(workspace) == "new\n")
        }
    }

    @Test func resultsTravelWithTheCheckout() throws {
        try withWorkspace(pipeline("(cat data/x ~/settings || true)")) { workspace in
            try write("x\n", to: workspace.folder.appending("data/x"))
            #expect(try run(workspace) == "ran")
            try withWorkspace(pipeline("(cat data/x ~/settings || true)")) { other in
                try write("x\n", to: other.folder.appending("data/x"))
                let store = ["SLUICE_STORE": workspace.folder.appending("artifacts/store.sqlite").text]
                #expect(try run(other, environment: store) == "cached")
                try write("settings\n", to: other.folder.appending("settings"))
                #expect(try run(other, environment: store) == "ran")
            }
        }
    }

    @Test func whatWasDiscoveredIsShown() throws {
        try withWorkspace(pipeline("cat data/x")) { workspace in
            try write("x\n", to: workspace.folder.appending("data/x"))
            #expect(try run(workspace) == "ran")
            let shown = try workspace.sluice("cache", "show", "s")
            #expect(shown.output.contains("read data/x: "), "\(shown.output) \(shown.errors)")
            #expect(shown.output.contains("ran /") && shown.output.contains("found cat on the PATH"))
            #expect(try workspace.sluice("cache", "verify").status == 0)
            // What a collection leaves is enough.
            #expect(try workspace.sluice("cache", "gc", "--keep-runs", "1", "--yes").status == 0)
            #expect(try run(workspace) == "cached")
        }
    }

    @Test func readsCanBeRefused() throws {
        try withWorkspace(pipeline("cat data/x", more: ", reads: declared")) { workspace in
            try write("x\n", to: workspace.folder.appending("data/x"))
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("read data/x, which it does not declare"), "\(outcome.errors)")
            #expect(outcome.errors.contains("{ file: data/x }"))
            try workspace.write(pipeline("cat data/x", more: ", reads: declared, allow: { read: [data/x] }"))
            #expect(try run(workspace) == "ran")
            try workspace.write(
                pipeline("cat ${inputs.x}", more: ", reads: declared, inputs: { x: { file: data/x } }"))
            #expect(try run(workspace) == "ran" && run(workspace) == "cached")
        }
    }

    @Test func anUnconfinedResultCountsInUnconfinedRunsOnly() throws {
        try withWorkspace(pipeline("cat data/x")) { workspace in
            try write("x\n", to: workspace.folder.appending("data/x"))
            #expect(try workspace.run("p.yaml", "--unconfined").names("ran") == ["s"])
            #expect(try workspace.run("p.yaml", "--unconfined").names("cached") == ["s"])
            #expect(try workspace.sluice("cache", "show", "s").output.contains("unconfined"))
            #expect(try why(workspace).contains("unconfined run"))
            #expect(try run(workspace) == "ran" && run(workspace) == "cached")
            // A confined one counts in both.
            #expect(try workspace.run("p.yaml", "--unconfined").names("cached") == ["s"])
            try workspace.write(pipeline("cat data/x", more: ", confined: false"))
            #expect(try run(workspace) == "cached")
        }
    }

    @Test func whatAllowsToReadIsPartOfTheKey() throws {
        try withWorkspace(pipeline("cat data/x", more: ", allow: { read: [data] }")) { workspace in
            try write("x\n", to: workspace.folder.appending("data/x"))
            #expect(try run(workspace) == "ran")
            try write("y\n", to: workspace.folder.appending("data/x"))
            #expect(try run(workspace) == "cached")
            try workspace.write(pipeline("cat data/x"))
            #expect(try run(workspace) == "ran" && output(workspace) == "y\n")
        }
    }

    @Test func aFileThatChangesWhileItIsReadMakesNoLastingResult() throws {
        let text = pipeline(
            "(cat data/x; touch marks/read; while [ ! -e marks/go ]; do sleep 0.02; done)",
            more: ", allow: { write: [marks] }")
        try withWorkspace(text) { workspace in
            let file = workspace.folder.appending("data/x")
            try write("x\n", to: file)
            let running = try BuiltProgram.sluice.start(["run", "p.yaml"], in: workspace.folder)
            while !FileSystem.exists(workspace.folder.appending("marks/read")),
                !running.hasEnded(within: 0.02)
            {}
            try write("y\n", to: file)
            try write("", to: workspace.folder.appending("marks/go"))
            #expect(try running.wait().status == 0)
            #expect(try run(workspace) == "ran" && output(workspace) == "y\n")
            #expect(try run(workspace) == "cached")
        }
    }

    @Test func watchingFollowsWhatCommandsReadWithoutDeclaringIt() throws {
        let text = "pipeline: t\nstages: { s: { run: 'sh tool.sh > ${outputs.o}', outputs: { o: o.txt } } }\n"
        try withWorkspace(text) { workspace in
            try workspace.write("echo 1", to: "tool.sh")
            let watching = try BuiltProgram.sluice.start(["watch", "p.yaml"], in: workspace.folder)
            defer { watching.kill() }
            func waitFor(_ output: String) throws {
                for _ in 0..<600 {
                    if try workspace.sluice("cache", "cat", "s").output == output { return }
                }
                Issue.record("the stage did not run again")
            }
            try waitFor("1\n")
            for _ in 0..<10 { try workspace.sluice("version") }
            try workspace.write("echo 2", to: "tool.sh")
            try waitFor("2\n")
            watching.interrupt()
            #expect(try watching.wait(seconds: 60).status == 130)
        }
    }
}
