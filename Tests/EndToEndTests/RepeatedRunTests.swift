import Confinement
import Files
import FoundationEssentials
import TestSupport
import Testing

/// A run with nothing to do repeats the previous one; after any change, it looks up its stages.
@Suite(.enabled(if: ConfinementSupport.ofThisKernel().notice == nil))
struct RepeatedRunTests {
    private struct Record: Decodable {
        struct Stage: Decodable, Equatable {
            let name: String
            let kind: String
            let key: String
            let disposition: String
            let outputs: [String: String]
        }
        let run: Int
        let outcome: String
        let arguments: [String]
        let stages: [Stage]

        var ran: [String] { stages.filter { $0.disposition == "ran" }.map(\.name) }
    }

    private static let pipeline = """
        pipeline: repeated
        include: [more.yaml]
        parameters: { word: hello }
        stages:
          first:
            run: cat ${inputs.file} > ${outputs.o}; ls folder >> ${outputs.o}
            inputs: { file: { file: input.txt } }
            outputs: { o: o.txt }
          second:
            run: . ./script.sh; cat ${inputs.o} > ${outputs.o}; echo $LEVEL ${word} >> ${outputs.o}
            inputs: { o: first }
            environment: [LEVEL]
            code: [code.txt]
            outputs: { o: o.txt }
          each:
            run: cat ${inputs.doc} > ${outputs.o}
            matrix: { doc: { glob: "docs/*.txt" } }
            inputs: { doc: { file: "${matrix.doc}" } }
            outputs: { o: o.txt }
        publish: { second.txt: second }
        """

    private func withProject(_ body: (Workspace) throws -> Void) throws {
        try withWorkspace(Self.pipeline) { workspace in
            let folder = workspace.folder
            try workspace.write(
                "stages: { third: { run: \"echo > ${outputs.o}\", outputs: { o: o.txt } } }\n",
                to: "more.yaml")
            for (name, text) in [
                ("input.txt", "one\n"), ("folder/a", ""), ("script.sh", "true\n"), ("code.txt", ""),
                ("docs/a.txt", "a\n"), ("docs/b.txt", "b\n"),
            ] { try write(text, to: folder.appending(name)) }
            try body(workspace)
        }
    }

    /// What an ordinary run has recorded, what it said, and whether it repeated the one before it.
    private func run(
        _ workspace: Workspace, level: String = "low"
    ) throws -> (record: Record, text: String, isRepeated: Bool) {
        let before = try written(workspace)
        let outcome = try workspace.sluice("run", "p.yaml", environment: ["LEVEL": level])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let shown = try workspace.sluice("runs", "show", "--json").output
        let record = try JSONDecoder().decode(Record.self, from: Data(shown.utf8))
        return (record, outcome.errors, try before != nil && written(workspace) == before)
    }

    /// When what the latest run depended on was written down.
    private func written(_ workspace: Workspace) throws -> Int64? {
        let folder = workspace.folder.appending("artifacts/work/remembered")
        guard FileSystem.exists(folder) else { return nil }
        // One for each pipeline file; the others' do not change.
        return try FileSystem.names(in: folder).map { try FileStatus(of: folder.appending($0)).modified }
            .max()
    }

    @Test func itRecordsAndPrintsTheSameAsAnyOther() throws {
        try withProject { workspace in
            let first = try run(workspace)
            #expect(first.record.ran.count == 5 && !first.isRepeated)
            let second = try run(workspace)
            #expect(second.isRepeated && second.record.ran.isEmpty)
            #expect(second.record.run == first.record.run + 1 && second.record.outcome == "succeeded")
            #expect(second.record.arguments == first.record.arguments)
            // An unused variable makes it an ordinary run.
            let usual = try workspace.sluice("run", "p.yaml", environment: ["LEVEL": "low", "OTHER": "x"])
            let shown = try workspace.sluice("runs", "show", "--json").output
            let record = try JSONDecoder().decode(Record.self, from: Data(shown.utf8))
            #expect(record.stages == second.record.stages)
            func comparable(_ text: String) -> [String] {
                text.split(separator: "\n").map { line in
                    line.split(separator: "(").first.map(String.init) ?? ""
                }
            }
            #expect(comparable(usual.errors) == comparable(second.text))
            #expect(second.text.contains("Nothing to do: all 5 stages of repeated are up to date"))
            #expect(second.text.contains("artifacts/out/repeated/second.txt"))
        }
    }

    @Test(arguments: [
        ("input.txt", ["first", "second"]), ("folder/b", ["first", "second"]), ("script.sh", ["second"]),
        ("code.txt", ["second"]), ("docs/a.txt", ["each[doc=docs/a.txt]"]),
        ("docs/c.txt", ["each[doc=docs/c.txt]"]), ("unread", []),
    ])
    func whatChangedIsRunAgain(file: String, stages: [String]) throws {
        try withProject { workspace in
            _ = try run(workspace)
            #expect(try run(workspace).isRepeated)
            try write("echo\n", to: workspace.folder.appending(file))
            let next = try run(workspace)
            #expect(next.record.ran == stages && next.isRepeated == stages.isEmpty)
            #expect(try run(workspace).isRepeated)
        }
    }

    @Test func theTextsAndTheEnvironmentCount() throws {
        try withProject { workspace in
            _ = try run(workspace)
            #expect(try run(workspace, level: "high").record.ran == ["second"])
            #expect(try run(workspace, level: "high").isRepeated)
            // Back: another result is the latest of the stage.
            let back = try run(workspace)
            #expect(!back.isRepeated && back.record.ran.isEmpty)
            try workspace.write(
                "stages: { third: { run: \"echo more > ${outputs.o}\", outputs: { o: o.txt } } }\n",
                to: "more.yaml")
            #expect(try run(workspace).record.ran == ["third"])
            try workspace.write(Self.pipeline.replacing("hello", with: "bye"))
            #expect(try run(workspace).record.ran == ["second"])
            #expect(try run(workspace).isRepeated)
        }
    }

    @Test func publishedFilesAreRestored() throws {
        try withProject { workspace in
            let path = workspace.folder.appending("artifacts/out/repeated/second.txt")
            _ = try run(workspace)
            let text = try read(path)
            try FileSystem.removeFile(path)
            #expect(try !run(workspace).isRepeated && read(path) == text)
            try write("other", to: path)
            #expect(try !run(workspace).isRepeated && read(path) == text)
            #expect(try run(workspace).isRepeated)
        }
    }

    @Test(arguments: [
        ("UPDATE object SET damaged = 1", true), ("DELETE FROM trace", true),
        ("UPDATE trace SET wall_seconds = 1e30", true),
        ("UPDATE object SET size = size + 1", false),
        ("UPDATE trace SET metrics = '{\"a\": 1}'", false), ("DELETE FROM stage", false),
        ("DELETE FROM run", false),
        ("DELETE FROM run_stage WHERE stage = 'third'", false), ("DELETE FROM discovery_node", true),
    ])
    func theStoreTakesPrecedence(change: String, isRunAgain: Bool) throws {
        try withProject { workspace in
            _ = try run(workspace)
            #expect(try run(workspace).isRepeated)
            let script = """
                import sqlite3, sys
                store = sqlite3.connect("artifacts/store.sqlite")
                store.execute("PRAGMA foreign_keys = ON")
                store.execute(sys.argv[1])
                store.commit()
                """
            let outcome = try BuiltProgram(at: "/usr/bin/env").run(
                ["python3", "-c", script, change], in: workspace.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let next = try run(workspace)
            #expect(!next.isRepeated && next.record.ran.isEmpty != isRunAgain)
            #expect(next.record.stages.count == 5 && next.record.outcome == "succeeded")
        }
    }

    @Test func aLaterResultOfAnotherPipelineCounts() throws {
        try withProject { workspace in
            _ = try run(workspace)
            try workspace.write(
                "pipeline: other\nstages: { s: { run: \"echo other > ${outputs.o}\", outputs: { o: o.txt } } }",
                to: "other.yaml")
            #expect(try workspace.sluice("run", "other.yaml").status == 0)
            let next = try run(workspace)
            #expect(!next.isRepeated && next.record.ran.isEmpty)
            #expect(try run(workspace).isRepeated)
        }
    }

    @Test func aTruncatedMemoryIsIgnored() throws {
        try withProject { workspace in
            _ = try run(workspace)
            let folder = workspace.folder.appending("artifacts/work/remembered")
            let file = folder.appending(try FileSystem.names(in: folder)[0])
            let bytes = try FileContents.read(file)
            for count in [0, 31, 32, 40, bytes.count - 1] {
                try FileContents.overwrite(file, with: Array(bytes.prefix(count)))
                let next = try run(workspace)
                #expect(!next.isRepeated && next.record.ran.isEmpty, "\(count)")
            }
            #expect(try run(workspace).isRepeated)
        }
    }

    @Test func somePipelinesAreLookedUpEachTime() throws {
        let always = """
            pipeline: always
            stages: { s: { run: "echo > ${outputs.o}", outputs: { o: o.txt }, always: true } }
            """
        try withWorkspace(always) { workspace in
            for _ in 1...3 {
                let ran = try run(workspace).record.ran
                #expect(ran == ["s"])
            }
        }
        // What can be read only once.
        try withWorkspace(
            "pipeline: p\nstages: { s: { run: \"echo > ${outputs.o}\", outputs: { o: o.txt } } }"
        ) {
            workspace in
            for _ in 1...3 {
                let outcome = try BuiltProgram(at: "/bin/bash").run(
                    ["-c", "exec \"$0\" run <(cat p.yaml)", BuiltProgram.sluice.path.text],
                    in: workspace.folder)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
        }
    }
}
