import Files
import FoundationEssentials
import TestSupport
import Testing

/// Parameters that say what they are, files of parameters, tags and included files, with the real program.
struct PipelineParameterTests {
    private static let pipeline = """
        pipeline: chosen
        description: Shows parameters.
        parameters:
          rows: { default: 3, min: 1, help: How many rows. }
          name: { required: true, type: text, help: Whose rows. }
          paths: { train: x.csv }
        stages:
          fast: { run: "seq ${rows} > ${outputs.o}", outputs: { o: o.txt }, tags: [quick], description: Counts. }
          slow:
            matrix: { k: [1, 2] }
            run: "echo ${name} ${matrix.k} > ${outputs.o}"
            inputs: { i: fast }
            outputs: { o: o.txt }
            tags: [nightly, "k${matrix.k}"]
        """

    @Test func helpPrintsParameters() throws {
        try withWorkspace(Self.pipeline) { workspace in
            let help = try workspace.sluice("help", "p.yaml")
            #expect(help.status == 0, "\(help.errors)")
            for line in [
                "chosen: Shows parameters.",
                "  rows   an integer of at least 1, default 3. How many rows.",
                "  name   a string, required. Whose rows.",
                "  paths  a map, default {\"train\":\"x.csv\"}.",
                "fast  Counts. [quick]", "slow  [nightly, k${matrix.k}]",
            ] { #expect(help.output.contains(line), "\(line) in \(help.output)") }
            let check = try workspace.sluice("check", "p.yaml", "--set", "name=a", "--json")
            #expect(check.output.contains(#""tags":["k1","k2","nightly","quick"]"#), "\(check.output)")
            #expect(check.output.contains(#""help":"How many rows.","name":"rows","required":false"#))
        }
    }

    @Test func valuesComeFromFilesAndOptions() throws {
        try withWorkspace(Self.pipeline) { workspace in
            let missing = try workspace.sluice("run", "p.yaml")
            #expect(missing.status == 2 && missing.errors.contains("p.yaml:5:3: error: name: needs a value"))
            try workspace.write("name: one\nrows: 5\n", to: "a.yaml")
            try workspace.write("rows: 0\n", to: "b.yaml")
            let wrong = try workspace.sluice("run", "p.yaml", "--params", "a.yaml", "--params", "b.yaml")
            #expect(
                wrong.status == 2
                    && wrong.errors.contains("b.yaml:1:7: error: rows: 0 is not an integer of at least 1"),
                "\(wrong.errors)")
            let sweep = try workspace.sluice("sweep", "p.yaml", "--params", "a.yaml", "--vary", "rows=1,0")
            #expect(
                sweep.status == 2 && sweep.errors.contains("--vary rows: 0 is not an integer of at least 1"))
            let absent = try workspace.sluice("status", "p.yaml", "--params", "c.yaml")
            #expect(absent.status == 2 && absent.errors.contains("cannot read the parameters: "))
            let first = try workspace.run("p.yaml", "--params", "a.yaml")
            #expect(first.names("ran").count == 3)
            let again = try workspace.run("p.yaml", "--params", "a.yaml", "--set", "rows=5")
            #expect(again.names("cached").count == 3)
            let other = try workspace.run("p.yaml", "--params", "a.yaml", "--set", "name=two")
            #expect(other.names("ran").count == 2 && other.names("cached") == ["fast"])
        }
    }

    @Test func tagsChooseStages() throws {
        try withWorkspace(Self.pipeline) { workspace in
            func names(_ words: String...) throws -> [String] {
                let outcome = try BuiltProgram.sluice.run(
                    ["run", "p.yaml", "--set", "name=x", "-n", "--json"] + words, in: workspace.folder)
                guard outcome.status == 0 else { return [outcome.errors] }
                struct Plan: Decodable {
                    struct Stage: Decodable { let name: String }
                    let stages: [Stage]
                }
                return try JSONDecoder().decode(Plan.self, from: Data(outcome.output.utf8)).stages.map(\.name)
            }
            #expect(try names("--tag", "quick") == ["fast"])
            #expect(try names("--tag", "k1") == ["fast", "slow[k=1]"])
            #expect(try names("slow", "--tag", "k2", "--tag", "quick") == ["fast", "slow[k=2]"])
            #expect(try names("tag:quick+") == ["fast", "slow[k=1]", "slow[k=2]"])
            #expect(try names("tag:k1", "--only") == ["fast", "slow[k=1]"])
            #expect(try names("--tag", "nightly", "--from") == ["fast", "slow[k=1]", "slow[k=2]"])
            #expect(
                try names("--tag", "quik")[0].contains("no stage has the tag 'quik'; did you mean 'quick'?"))
            #expect(try names("fast", "--tag", "k1")[0].contains("none of the named stages has the tag 'k1'"))
            let status = try workspace.sluice("status", "p.yaml", "--set", "name=x", "--tag", "quick")
            #expect(status.output.contains("fast") && !status.output.contains("slow"))
            let tags = try workspace.sluice("complete", "--", "run", "p.yaml", "--tag", "")
            #expect(tags.output.split(separator: "\n").contains("quick"))
            let sets = try workspace.sluice("complete", "--", "run", "p.yaml", "--set", "r")
            #expect(sets.output == "rows=\n")
            let graph = try workspace.sluice("graph", "p.yaml", "--set", "name=x", "--json")
            #expect(graph.output.contains(#""tags":["nightly","k1","k2"]"#))
        }
    }

    @Test func tagsChooseWhatIsDrawnAndSwept() throws {
        let other = "\n  other: { run: \"false > ${outputs.o}\", outputs: { o: o.txt } }\n"
        try withWorkspace(Self.pipeline + other) { workspace in
            func nodes(_ words: String...) throws -> [String] {
                let outcome = try BuiltProgram.sluice.run(
                    ["graph", "p.yaml", "--set", "name=x", "--json", "--instances"] + words,
                    in: workspace.folder)
                guard outcome.status == 0 else { return [outcome.errors] }
                struct Graph: Decodable {
                    struct Stage: Decodable { let name: String }
                    let stages: [Stage]
                }
                return try JSONDecoder().decode(Graph.self, from: Data(outcome.output.utf8)).stages.map(
                    \.name)
            }
            #expect(try Set(nodes()) == ["fast", "slow[k=1]", "slow[k=2]", "other"])
            #expect(try nodes("--tag", "k2") == ["fast", "slow[k=2]"])
            #expect(try nodes("--tag", "quick") == ["fast"])
            #expect(try nodes("--tag", "quik")[0].contains("did you mean 'quick'?"))
            let text = try workspace.sluice("graph", "p.yaml", "--set", "name=x", "--tag", "quick")
            #expect(text.output.contains("fast") && !text.output.contains("other"), "\(text.output)")
            // `other` would fail.
            let sweep = ["sweep", "p.yaml", "--set", "name=x", "--vary", "rows=1,2", "--tag", "k1"]
            let dry = try BuiltProgram.sluice.run(sweep + ["-n"], in: workspace.folder)
            #expect(dry.output.contains("slow") && !dry.output.contains("k=2"), "\(dry.output)")
            let outcome = try BuiltProgram.sluice.run(sweep, in: workspace.folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let plan = try workspace.sluice("status", "p.yaml", "--set", "name=x", "--set", "rows=2")
            #expect(plan.output.contains("slow[k=2]"), "\(plan.output)")
            #expect(
                try workspace.run("p.yaml", "slow[k=1]", "--set", "name=x", "--set", "rows=2").names("ran")
                    == [])
            let unknown = try BuiltProgram.sluice.run(
                ["sweep", "p.yaml", "--set", "name=x", "--vary", "rows=1,2", "--tag", "quik"],
                in: workspace.folder)
            #expect(unknown.status == 2 && unknown.errors.contains("did you mean 'quick'?"))
        }
    }

    @Test func includedFilesAreFoundFromTheirFile() throws {
        try withWorkspace { workspace in
            try FileSystem.makeDirectories(workspace.folder.appending("pipes/parts"))
            try workspace.write("a\nb\nc\n", to: "data.txt")
            try workspace.write("tr a-z A-Z\n", to: "pipes/parts/up.sh")
            try workspace.write(
                """
                parameters: { rows: { default: 1, min: 1 } }
                stages:
                  cut: { run: "head -n ${rows} ${inputs.i} | sh ${inputs.up} > ${outputs.o}", outputs: { o: o.txt },
                         inputs: { i: raw, up: { file: "${here}/up.sh" } } }

                """, to: "pipes/parts/cut.yaml")
            try workspace.write(
                """
                pipeline: main
                include:
                  - { file: parts/cut.yaml, prefix: one-, inputs: { raw: { file: data.txt } } }
                  - { file: parts/cut.yaml, prefix: two-, inputs: { raw: { file: data.txt } }, parameters: { rows: 2 } }
                stages:
                  all: { run: "cat ${inputs.i} > ${outputs.o}", inputs: { i: [one-cut, two-cut] }, outputs: { o: o.txt } }
                publish: { all.txt: all }

                """, to: "pipes/main.yaml")
            let first = try workspace.run("pipes/main.yaml")
            #expect(first.names("ran") == ["one-cut", "two-cut", "all"])
            #expect(try read(workspace.folder.appending("artifacts/out/main/all.txt")) == "A\nA\nB\n")
            // From another folder, and under other names, it is the same work.
            try FileSystem.makeDirectories(workspace.folder.appending("src"))
            let below = try BuiltProgram.sluice.run(
                ["status", "../pipes/main.yaml"], in: workspace.folder.appending("src"))
            #expect(below.output.contains("all 3 stages are up to date"), "\(below.output)\(below.errors)")
            try workspace.write(
                try read(workspace.folder.appending("pipes/main.yaml")).replacing("one-", with: "first-"),
                to: "pipes/main.yaml")
            #expect(try workspace.run("pipes/main.yaml").names("cached") == ["first-cut", "two-cut", "all"])
            try workspace.write("stages: { cut: { rum: x } }\n", to: "pipes/parts/cut.yaml")
            let broken = try workspace.sluice("check", "pipes/main.yaml")
            #expect(broken.status == 2)
            #expect(
                broken.errors.contains(
                    "pipes/parts/cut.yaml:1:18: error: unknown key 'rum'; did you mean 'run'?\n 1 | stages: { cut: { rum: x } }"
                ),
                "\(broken.errors)")
        }
    }
}
