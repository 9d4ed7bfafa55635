import Files
import FoundationEssentials
import TestSupport
import Testing

private let simple = """
    pipeline: simple
    stages:
      one: { run: "echo 1 > ${outputs.x}", outputs: { x: x.txt } }
    """

@Test func wrongUsageExitsWithTwo() throws {
    try withWorkspace(simple) { workspace in
        for words in [
            ["run"], ["run", "p.yaml", "nosuch"], ["run", "p.yaml", "--frob"], ["frobnicate"],
            ["run", "missing.yaml"], ["run", "p.yaml", "--set", "nope=1"], ["run", "p.yaml", "--only"],
            ["why", "p.yaml", "nosuch"], ["kinds", "nosuch"], ["logs", "nosuch"],
            ["-C", "/nonexistent", "help"],
        ] {
            let outcome = try BuiltProgram.sluice.run(words, in: workspace.folder)
            #expect(outcome.status == 2, "\(words): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("sluice: "))
            #expect(outcome.output.isEmpty)
        }
    }
}

@Test func reportsAllMistakesInAPipeline() throws {
    let text = """
        pipeline: broken
        stages:
          one: { run: "echo ${nosuch}", outputs: { x: x.txt } }
          two: { kind: no-such-kind }
          three: { run: "true", inputs: { x: for.x }, outputs: { y: y.txt } }
        """
    try withWorkspace(text) { workspace in
        let outcome = try workspace.sluice("check", "p.yaml")
        #expect(outcome.status == 2)
        for place in ["p.yaml:3:", "p.yaml:4:", "p.yaml:5:"] { #expect(outcome.errors.contains(place)) }
        #expect(outcome.errors.contains("3 mistakes in p.yaml"))
    }
}

@Test func aDamagedStoreExitsWithThree() throws {
    try withWorkspace(simple) { workspace in
        try write(
            String(repeating: "garbage ", count: 4096),
            to: workspace.folder.appending("artifacts/store.sqlite"))
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("is damaged"))
    }
}

@Test func aNewerStoreExitsWithThree() throws {
    try withWorkspace(simple) { workspace in
        _ = try workspace.run()
        let path = workspace.folder.appending("artifacts/store.sqlite")
        var bytes = try FileContents.read(path)
        // SQLite keeps user_version in bytes 60 to 63 of the header.
        bytes[60] = 0x7F
        try Data(bytes).write(to: URL(filePath: path.text))
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("Use the newer sluice"))
    }
}

@Test func anInterruptedRunExitsWithOneHundredAndThirtyAndResumes() throws {
    let text = """
        pipeline: slow
        stages:
          quick: { run: "echo 1 > ${outputs.x}", outputs: { x: x.txt } }
          slow: { run: "touch started; sleep 0.5; echo 2 > ${outputs.y}; cat ${inputs.x}", inputs: { x: quick.x }, outputs: { y: y.txt } }
          after: { run: "cat ${inputs.y} > ${outputs.z}", inputs: { y: slow.y }, outputs: { z: z.txt } }
        """
    try withWorkspace(text.replacing("touch started", with: "true")) { workspace in
        let running = try BuiltProgram.sluice.start(["run", "p.yaml", "-j1"], in: workspace.folder)
        #expect(!running.hasEnded(within: 0.4))
        running.interrupt()
        let outcome = try running.wait(seconds: 20)
        #expect(outcome.status == 130)
        #expect(outcome.errors.contains("Interrupted"))
        let document = try workspace.run()
        #expect(document.dispositions["quick"] == "cached")
        #expect(document.dispositions["after"] == "ran")
    }
}

@Test func anotherStoreAndDirectoryCanBeNamed() throws {
    try withWorkspace(simple) { workspace in
        try withTemporaryFolder { other in
            let store = other.appending("shared/store.sqlite").text
            let first = try BuiltProgram.sluice.run(
                ["-C", workspace.folder.text, "run", "p.yaml"], in: other,
                environment: ["SLUICE_STORE": store])
            #expect(first.status == 0, "\(first.errors)")
            #expect(FileSystem.exists(FilePath(store)))
            #expect(!FileSystem.exists(workspace.folder.appending("artifacts/store.sqlite")))
            let second = try BuiltProgram.sluice.run(
                ["run", "p.yaml", "-C", workspace.folder.text, "--json"], in: other,
                environment: ["SLUICE_STORE": store])
            #expect(second.output.contains("\"disposition\":\"cached\""))
        }
    }
}

@Test func noColorsWithoutATerminal() throws {
    try withWorkspace(simple) { workspace in
        for words in [["run", "p.yaml"], ["status", "p.yaml"], ["help"], ["runs"]] {
            let outcome = try BuiltProgram.sluice.run(words, in: workspace.folder)
            #expect(!outcome.errors.contains("\u{1B}") && !outcome.output.contains("\u{1B}"))
        }
    }
}

@Test func colorsAsTheCommandLineSays() throws {
    try withWorkspace(simple) { workspace in
        for words in [["status", "p.yaml", "--color", "always"], ["--color=always", "status", "p.yaml"]] {
            let outcome = try BuiltProgram.sluice.run(words, in: workspace.folder)
            #expect(outcome.status == 0 && outcome.output.contains("\u{1B}["), "\(outcome)")
        }
        let wrong = try workspace.sluice("status", "p.yaml", "--color=maybe")
        #expect(wrong.status == 2 && wrong.errors.contains("--color takes always, auto or never"))
        let missing = try workspace.sluice("status", "p.yaml", "--color")
        #expect(missing.status == 2)
    }
}

@Test func aQuietRunReportsOnlyTrouble() throws {
    try withWorkspace(simple) { workspace in
        let good = try workspace.sluice("run", "p.yaml", "--quiet")
        #expect(good.status == 0 && good.errors.isEmpty && good.output.isEmpty, "\(good)")
        try workspace.write(
            "pipeline: p\nstages:\n  bad: { run: \"echo why >&2; exit 3\", outputs: { o: o } }\n")
        let bad = try workspace.sluice("run", "p.yaml", "-q")
        #expect(bad.status == 1 && bad.errors.contains("bad") && bad.errors.contains("why"), "\(bad)")
        #expect(!bad.errors.contains("start"))
    }
}
