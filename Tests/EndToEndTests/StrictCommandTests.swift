import Files
import TestSupport
import Testing

private func pipeline(_ command: String, more: String = "") -> String {
    """
    pipeline: strict
    stages:
      s:
        run: |
          \(command.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n      "))
        outputs: { o: o.txt }
    \(more)
    """
}

@Test(arguments: [
    "false\necho done > ${outputs.o}", "cat /nonexistent | sort > ${outputs.o}", "echo $UNSET > ${outputs.o}",
    "x=$(false)\necho > ${outputs.o}",
])
func aCommandFailsIfAnyPartOfItFails(command: String) throws {
    try withWorkspace(pipeline(command)) { workspace in
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.status == 1 && outcome.errors.contains("exit status 1"), "\(outcome.errors)")
    }
    // On request, the shell is run without options.
    try withWorkspace(pipeline(command, more: "    shell: [sh]\n")) { workspace in
        let document = try workspace.run()
        #expect(document.names("ran") == ["s"])
    }
}

@Test func otherInterpretersRunCommands() throws {
    let text = """
        pipeline: python
        parameters: { name: "a 'b' \\"c\\"", number: 1.10 }
        shell: python3
        stages:
          write:
            run: |
              with open(${outputs.o}, "w") as file:
                  file.write("%s %s" % (${name}, "${number}"))
            outputs: { o: o.txt }
          join:
            run: cat ${inputs.i} ${inputs.i} > ${outputs.o}
            shell: sh
            inputs: { i: write }
            outputs: { o: o.txt }
        publish: { o.txt: join }
        """
    try withWorkspace(text) { workspace in
        #expect(try workspace.run().names("ran") == ["write", "join"])
        let line = "a 'b' \"c\" 1.10"
        #expect(try read(workspace.folder.appending("artifacts/out/python/o.txt")) == line + line)
        #expect(try workspace.run().names("cached") == ["write", "join"])
        try workspace.write(text.replacing("shell: sh", with: "shell: bash"))
        #expect(try workspace.sluice("status", "p.yaml").output.contains("shell"))
    }
}

@Test func aShellThatIsMissingIsNamed() throws {
    try withWorkspace(pipeline("true", more: "    shell: no-such-shell\n")) { workspace in
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.errors.contains("its shell 'no-such-shell' is not on the PATH"))
    }
}

@Test func aGatherOfManyComesAsAListAndATable() throws {
    let text = """
        pipeline: many
        stages:
          part:
            run: echo ${matrix.i} > ${outputs.o}
            matrix: { i: { range: 300 }, name: ["two words", other] }
            outputs: { o: o.txt }
          all:
            run: |
              wc -l < ${inputs.x.list} > ${outputs.o}
              xargs -d '\\n' cat < ${inputs.x.list} | sort -n | uniq | wc -l >> ${outputs.o}
              head -n 1 ${inputs.x.table} >> ${outputs.o}
              awk -F'\\t' 'NR > 1 { getline line < $1; if (line == $2) good++ } END { print good }' ${inputs.x.table} >> ${outputs.o}
              cut -f3 ${inputs.x.table} | sort -u >> ${outputs.o}
            inputs: { x: "part[*]" }
            outputs: { o: o.txt }
        publish: { o.txt: all }
        """
    try withWorkspace(text) { workspace in
        // Those that differ by a name that they do not use share their work.
        #expect(try workspace.run().names("ran").count == 301)
        let lines = try workspace.lines(of: "artifacts/out/many/o.txt")
        #expect(lines == ["600", "300", "path\ti\tname", "600", "name", "other", "two words"])
    }
}

@Test func outputsWithAnyNameAreSafe() throws {
    let text = "pipeline: names\nstages:\n  s:\n    run: echo fine > ${outputs.o}\n"
    for name in ["a'\u{301}; echo X; #", "a b", "$(id)", "`id`", "--", "a\\b"] {
        try withWorkspace(text + "    outputs: { o: \"\(name.replacing("\\", with: "\\\\"))\" }\n") {
            workspace in
            let document = try workspace.run()
            #expect(document.names("ran") == ["s"])
            #expect(try workspace.sluice("logs", "s").output.isEmpty)
        }
    }
}

@Test func aFailureShowsTheEndOfWhatItWrote() throws {
    try withWorkspace(pipeline("seq 100\necho so far\nexit 3")) { workspace in
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.errors.contains("│ 100\n") && outcome.errors.contains("│ so far\n"))
        #expect(!outcome.errors.contains("│ 90\n"))
        #expect(outcome.errors.contains("`sluice logs s` shows"))
        let command = try workspace.sluice("logs", "--command", "s")
        #expect(
            command.output == "seq 100\necho so far\nexit 3\n"
                && command.errors.contains("bash -euo pipefail"))
    }
}

@Test func theFolderOfAFailureIsKeptOnDemand() throws {
    let command = "cat ${inputs.i.list} > ${outputs.o}\necho half > $TMPDIR/half\necho log\nexit 3"
    let more = """
            inputs: { i: first }
          first: { run: "echo 1 > ${outputs.o}", outputs: { o: o.txt } }
        """
    try withWorkspace(pipeline(command, more: more)) { workspace in
        _ = try workspace.run("p.yaml", status: 1)
        let kept = workspace.folder.appending("artifacts/work/failed/s")
        #expect(!FileSystem.exists(kept))
        let outcome = try workspace.sluice("run", "p.yaml", "--keep-failed")
        #expect(outcome.errors.contains("\(try FileSystem.canonical(kept).text)/enter"))
        #expect(try read(kept.appending("scratch/half")) == "half\n")
        #expect(try read(kept.appending("log")) == "log\n")
        // Entered, it finds its inputs, and the command does the same again.
        let inside = try BuiltProgram(at: kept.appending("enter")).run(
            [
                "-c",
                "cat \"$TMPDIR\"/half; bash \(kept.appending("command").text); echo $?; cat $(cat \(kept.text)/inputs/i.list)",
            ],
            in: "/", environment: ["SHELL": "/bin/sh"])
        #expect(inside.output == "half\nlog\n3\n1\n", "\(inside.output) \(inside.errors)")
    }
}

@Test func theLogOfARunningStageIsFollowed() throws {
    let command = "echo first\nsleep 1.5\necho last\necho > ${outputs.o}"
    try withWorkspace(pipeline(command)) { workspace in
        let run = try BuiltProgram.sluice.start(["run", "p.yaml"], in: workspace.folder)
        var outcome = try workspace.sluice("logs", "-f", "s")
        for _ in 0..<200 where outcome.output.isEmpty { outcome = try workspace.sluice("logs", "-f", "s") }
        #expect(outcome.output == "first\nlast\n")
        #expect(try run.wait().status == 0)
    }
}
