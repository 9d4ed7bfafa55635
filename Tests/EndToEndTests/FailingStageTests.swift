import Files
import TestSupport
import Testing

private func stage(_ command: String, more: String = "") -> String {
    """
    pipeline: failing
    stages:
      good: { run: "echo fine > ${outputs.x}", outputs: { x: x.txt } }
      bad: { run: "\(command)", inputs: { x: good.x }, outputs: { y: y.txt }\(more) }
      after: { run: "cat ${inputs.y} > ${outputs.z}", inputs: { y: bad.y }, outputs: { z: z.txt } }
    """
}

@Test(arguments: [
    ("cat ${inputs.x}", "", "bad"),
    ("echo 1 > ${outputs.y}; echo 2 > $(dirname ${outputs.y})/more.txt", "", "more.txt"),
    ("ln -s /etc/passwd ${outputs.y}", "", "bad"),
    ("mkdir ${outputs.y}", "", "bad"),
    ("echo 1 > ${outputs.y}; exit 7", "", "exit status 7"),
    ("kill -9 $$", "", "signal 9"),
    ("sleep 60; echo 1 > ${outputs.y}", ", resources: { time: 1s }", "time limit"),
    (
        "head -c 3000000 /dev/zero > ${outputs.y}; exec sleep 60", ", resources: { disk: 1MiB }",
        "(the largest is outputs/y.txt with 2.9 MiB), more than its limit of 1 MiB"
    ),
    // Over before anybody looks.
    (
        "head -c 9000 /dev/zero > $TMPDIR/t; echo 1 > ${outputs.y}", ", resources: { disk: 8KiB }",
        "(the largest is scratch/t with 8.8 KiB), more than its limit of 8 KiB"
    ),
])
func aStageThatViolatesItsGuaranteesFailsAlone(command: String, more: String, words: String) throws {
    try withWorkspace(stage(command, more: more)) { workspace in
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("failed   bad: "))
        #expect(outcome.errors.contains(words))
        let document = try workspace.run("p.yaml", status: 1)
        #expect(document.dispositions == ["good": "cached", "bad": "failed", "after": "skipped"])
        // Repaired, it continues from there.
        try workspace.write(stage("cat ${inputs.x} > ${outputs.y}"))
        #expect(try workspace.run().names("ran") == ["bad", "after"])
    }
}

@Test func whatAFailedStageWroteIsKept() throws {
    try withWorkspace(stage("echo so far so good; echo but no further >&2; exit 3")) { workspace in
        _ = try workspace.run("p.yaml", status: 1)
        let logs = try workspace.sluice("logs", "bad")
        #expect(logs.status == 0)
        #expect(logs.output == "so far so good\nbut no further\n")
        #expect(logs.errors.contains("exit status 3"))
    }
}

@Test func keepGoingDoesWhatItCan() throws {
    let text = """
        pipeline: partly
        stages:
          bad: { run: "exit 1", outputs: { x: x.txt } }
          after: { run: "cat ${inputs.x} > ${outputs.y}", inputs: { x: bad.x }, outputs: { y: y.txt } }
          part: { run: "echo ${matrix.i} > ${outputs.x}", matrix: { i: { range: 5 } }, outputs: { x: x.txt } }
        """
    try withWorkspace(text) { workspace in
        let document = try workspace.run("p.yaml", "-k", "-j1", status: 1)
        #expect(document.names("ran").count == 5)
        #expect(document.dispositions["bad"] == "failed")
        #expect(document.dispositions["after"] == "skipped")
    }
}

@Test func retriesAreLimited() throws {
    try withWorkspace("") { workspace in
        let counter = workspace.folder.appending("marks/attempts").text
        try workspace.write(
            """
            pipeline: retried
            stages:
              lucky:
                run: echo try >> \(counter); test $(wc -l < \(counter)) -ge 2 && echo done > ${outputs.x}
                outputs: { x: x.txt }
                retries: 2
                allow: { write: [marks] }
            """)
        #expect(try workspace.run().names("ran") == ["lucky"])
        #expect(try workspace.lines(of: "marks/attempts").count == 2)
    }
}
