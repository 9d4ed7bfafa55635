import Files
import TestSupport
import Testing

private let pipeline = """
    pipeline: wide
    parameters: { parts: 6 }
    stages:
      part:
        run: seq ${matrix.i} | sort > ${outputs.numbers}; mkdir -p ${outputs.folder}/a; date +%s > /dev/null; ls > ${outputs.folder}/a/b
        matrix: { i: { range: "${parts}" } }
        outputs: { numbers: numbers.txt, folder: tree/ }
      all:
        run: cat ${inputs.parts} > ${outputs.all}
        inputs: { parts: "part[*].numbers" }
        outputs: { all: all.txt }
    """

@Test func digestsAreTheSameEverywhere() throws {
    let settings: [(arguments: [String], environment: [String: String])] = [
        (["-j1"], ["LANG": "C", "TZ": "UTC"]),
        (["-j2"], ["LANG": "de_DE.UTF-8", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"]),
    ]
    var found: [[String: [String: String]]] = []
    for setting in settings {
        try withWorkspace(pipeline) { workspace in
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml", "--json"] + setting.arguments, in: workspace.folder,
                environment: setting.environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            found.append(try workspace.run().digests)
        }
    }
    #expect(found[0].count == 7)
    #expect(found[0] == found[1])
}

@Test func verifyFindsStagesThatAreNotDeterministic() throws {
    let text = """
        pipeline: clock
        stages:
          steady: { run: "echo 1 > ${outputs.x}", outputs: { x: x.txt } }
          random: { run: "head -c 16 /dev/urandom > ${outputs.x}", outputs: { x: x.bin } }
        """
    try withWorkspace(text) { workspace in
        let document = try workspace.run("p.yaml", "--verify", "-k", status: 1)
        #expect(document.dispositions == ["steady": "ran", "random": "failed"])
    }
}
