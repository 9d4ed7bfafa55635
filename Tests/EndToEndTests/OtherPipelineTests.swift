import Files
import TestSupport
import Testing

/// Outputs of other pipelines as inputs.
struct OtherPipelineTests {
    private static let source = """
        pipeline: source
        parameters: { rows: 3 }
        stages:
          table: { run: "seq ${rows} > ${outputs.rows}; seq ${rows} | wc -l > ${outputs.count}",
                   outputs: { rows: rows.txt, count: count.txt } }
          half: { matrix: { k: [1, 2] }, run: "echo ${matrix.k} > ${outputs.o}", outputs: { o: o.txt } }

        """
    private static let reader = """
        pipeline: reader
        stages:
          sum:
            run: paste -sd+ ${inputs.rows} | cat - ${inputs.half} > ${outputs.o}
            inputs: { rows: source:table.rows, half: "source:half[k=2]" }
            outputs: { o: o.txt }

        """

    private func withPipelines(_ body: (Workspace) throws -> Void) throws {
        try withWorkspace(Self.reader) { workspace in
            try workspace.write(Self.source, to: "source.yaml")
            try body(workspace)
        }
    }

    @Test func theLatestResultIsRead() throws {
        try withPipelines { workspace in
            let before = try workspace.sluice("run", "p.yaml")
            #expect(before.status == 1, "\(before.errors)")
            #expect(
                before.errors.contains(
                    "this store has no result of the stage 'table' of the pipeline 'source', whose output it reads; run that pipeline first"
                ), "\(before.errors)")
            #expect(try workspace.sluice("status", "p.yaml").output.contains("blocked"))
            try workspace.run("source.yaml")
            #expect(try workspace.run().names("ran") == ["sum"])
            #expect(try workspace.sluice("cache", "cat", "reader:sum.o").output == "1+2+3\n2\n")
            // What gives the same bytes changes nothing.
            #expect(try workspace.run().names("cached") == ["sum"])
            try workspace.run("source.yaml", "--set", "rows=4")
            let status = try workspace.sluice("status", "p.yaml")
            #expect(status.output.contains("input rows (source:table.rows) changed"), "\(status.output)")
            let why = try workspace.sluice("why", "p.yaml", "sum")
            #expect(why.output.contains("Its input 'rows' is 'source:table.rows'"), "\(why.output)")
            #expect(try workspace.run().names("ran") == ["sum"])
            let lineage = try workspace.sluice("lineage", "reader:sum.o")
            #expect(lineage.output.contains("rows: source:table.rows, "), "\(lineage.output)")
            #expect(lineage.output.contains("half: source:half[k=2].o, "), "\(lineage.output)")
            let graph = try workspace.sluice("graph", "p.yaml", "--json")
            #expect(graph.output.contains(#""elsewhere":["source:table.rows","source:half[k=2]"]"#))
            #expect(try workspace.sluice("graph", "p.yaml").output.contains("source:table.rows"))
        }
    }

    private static let gatherer = """
        pipeline: gatherer
        stages:
          all:
            run: cat ${inputs.half} > ${outputs.o}; tail -n +2 ${inputs.half.table} | cut -f 2 >> ${outputs.o}
            inputs: { half: "source:half[*].o" }
            outputs: { o: o.txt }

        """

    @Test func allInstancesAreGathered() throws {
        try withPipelines { workspace in
            let source = Self.source.replacing("k: [1, 2]", with: "k: [10, 2]")
                .replacing("echo ${matrix.k}", with: "echo ${rows} ${matrix.k}")
            func write(_ text: String) throws { try workspace.write(text, to: "source.yaml") }
            func result() throws -> String {
                let outcome = try workspace.sluice("run", "g.yaml")
                guard outcome.status == 0 else { return outcome.errors }
                return try workspace.sluice("cache", "cat", "gatherer:all").output
            }
            try workspace.write(Self.gatherer, to: "g.yaml")
            try write(source)
            let missing = "no run of the whole pipeline 'source' with instances of the stage 'half'"
            #expect(try result().contains(missing))
            // One instance is not all.
            try workspace.run("source.yaml", "half[k=2]")
            #expect(try result().contains(missing))
            try workspace.run("source.yaml", "-j", "2")
            #expect(try result() == "3 2\n3 10\n2\n10\n")
            #expect(try workspace.run("g.yaml").names("cached") == ["all"])
            // Of each, the latest result.
            try workspace.run("source.yaml", "half[k=2]", "--set", "rows=4")
            #expect(try result() == "4 2\n3 10\n2\n10\n")
            let why = try workspace.sluice("why", "g.yaml", "all")
            #expect(why.output.contains("'source:half[*].o'"), "\(why.output)")
            let lineage = try workspace.sluice("lineage", "gatherer:all")
            #expect(lineage.output.contains("source:half[k=10].o"), "\(lineage.output)")
            try write(source.replacing("[10, 2]", with: "[2, x]"))
            try workspace.run("source.yaml")
            #expect(try result() == "3 2\n3 x\n2\nx\n")
            try write(
                source.replacing("[10, 2]", with: "[2, y]").replacing("rows: 3", with: "rows: 3, a: 1")
                    .replacing("> ${outputs.o}\"", with: "> ${outputs.o}; test ${matrix.k} = 2\""))
            #expect(try workspace.sluice("run", "source.yaml", "-k").status == 1)
            #expect(try result().contains("'source:half[k=y]', whose output it reads, has no result"))
        }
    }

    @Test func aBundleBringsWhatIsRead() throws {
        try withPipelines { workspace in
            try workspace.run("source.yaml")
            try workspace.run()
            #expect(try workspace.sluice("export", "sum", "-o", "b.sluice").status == 0)
            let other = ["SLUICE_STORE": workspace.folder.appending("other.sqlite").text]
            #expect(try workspace.sluice("import", "b.sluice", environment: other).status == 0)
            #expect(try workspace.run("p.yaml", environment: other).names("cached") == ["sum"])
        }
    }

    @Test func missingItemsAreReported() throws {
        try withPipelines { workspace in
            try workspace.run("source.yaml")
            for (reference, message) in [
                (
                    "source:table",
                    "'source:table' has several outputs: choose one of source:table.count, source:table.rows"
                ),
                ("source:table.row", "has no output 'row'; did you mean 'rows'?"),
                ("'source:half[k=3].o'", "no result of the stage 'half[k=3]' of the pipeline 'source'"),
            ] {
                try workspace.write(Self.reader.replacing("source:table.rows", with: reference))
                let outcome = try workspace.sluice("status", "p.yaml", "--json")
                #expect(outcome.output.contains(message), "\(outcome.output)")
            }
            for (reference, message) in [
                ("reader:sum.o", "'reader:sum.o' belongs to this pipeline; write it without 'reader:'"),
                ("[source:table.rows]", "a list may only contain stages of this pipeline"),
                ("'source:[*].o'", "'source:[*].o' is not a reference to a stage"),
            ] {
                try workspace.write(Self.reader.replacing("source:table.rows", with: reference))
                let outcome = try workspace.sluice("check", "p.yaml")
                #expect(outcome.status == 2 && outcome.errors.contains(message), "\(outcome.errors)")
            }
        }
    }
}
