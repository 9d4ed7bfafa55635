import Files
import StageSchemas
import TestSupport
import Testing

private let pipeline = """
    pipeline: fit
    parameters: { rate: 1, rows: 3 }
    stages:
      data: { run: "seq ${rows} > ${outputs.rows}", outputs: { rows: rows.txt } }
      model:
        inputs: { rows: data.rows }
        run: |
          n=$(wc -l < ${inputs.rows})
          printf '{"loss": {"train": %s.5, "test": 2}, "name": "x"}' $((n * ${rate})) > ${outputs.metrics}
          printf 'id,p\\na,1\\nb,%s\\n' ${rate} > ${outputs.table}
        outputs: { table: table.csv }
        metrics: scores.json
      other: { run: "echo same > ${outputs.o}", outputs: { o: o.txt } }
    publish: { table.csv: model.table }
    """

@Test func runsAreComparedByParametersStagesAndMetrics() throws {
    try withWorkspace(pipeline) { workspace in
        #expect(try workspace.sluice("compare").status == 2)
        try workspace.run("p.yaml", "--name", "first")
        #expect(try workspace.sluice("compare").status == 2)
        try workspace.run("p.yaml", "--set", "rate=4", "--note", "four times")
        let document = try json(workspace.sluice("compare", "--json"))
        #expect(document["before"]["name"] == "first")
        #expect(document["after"]["note"] == "four times")
        #expect(document["parameters"] == [["name": "rate", "before": 1, "after": 4]])
        #expect(document["stages"].list.map { $0["name"] } == ["model"])
        #expect(document["equalStages"] == 2)
        #expect(
            document["metrics"] == [
                ["stage": "model", "name": "loss.train", "before": 3.5, "after": 12.5, "difference": 9]
            ])
        #expect(document["equalMetrics"] == 1)
        // By name and by number, in either order.
        #expect(try json(workspace.sluice("compare", "first", "2", "--json"))["after"] == document["after"])
        #expect(
            try json(workspace.sluice("compare", "2", "1", "--json"))["parameters"].list.first?["after"] == 1)
        let text = try workspace.sluice("compare").output
        #expect(text.contains("loss.train") && text.contains("+9") && text.contains("four times"))
        let markdown = try workspace.sluice("compare", "--markdown").output
        #expect(markdown.contains("| model | loss.train | 3.5000 | 12.50 | +9 |"))
        #expect(try workspace.sluice("compare", "7").status == 2)
    }
}

@Test func outputsOfTwoRunsAreCompared() throws {
    try withWorkspace(pipeline) { workspace in
        try workspace.run("p.yaml")
        try workspace.run("p.yaml", "--set", "rate=4", "--set", "rows=5")
        let table = try json(workspace.sluice("compare", "--artifact", "model.table", "--json"))
        #expect(table["format"] == "table")
        #expect(table["columns"].list.map { $0["name"] } == ["p"])
        #expect(table["columns"].list.map { $0["rows"] } == [1])
        let text = try json(workspace.sluice("compare", "--artifact", "data", "--json"))
        #expect(text["diff"].list.suffix(2) == ["+4", "+5"])
        let scores = try json(workspace.sluice("compare", "--artifact", "model.metrics", "--json"))
        #expect(scores["values"].list.map { $0["path"] } == ["loss.train"])
        #expect(try json(workspace.sluice("compare", "--artifact", "other.o", "--json"))["format"] == "same")
        let wrong = try workspace.sluice("compare", "--artifact", "model.tabel")
        #expect(wrong.status == 2 && wrong.errors.contains("table"))
    }
}

@Test func aRunIsShownWithCostsReasonsAndMetrics() throws {
    try withWorkspace(pipeline) { workspace in
        try workspace.run("p.yaml")
        try workspace.run("p.yaml", "--set", "rate=4")
        let latest = try json(workspace.sluice("runs", "show", "--json"))
        #expect(latest["run"] == 2)
        #expect(latest["parameters"] == ["rate": 4, "rows": 3])
        let model = latest["stages"].list.first { $0["name"] == "model" } ?? .null
        #expect(model["metrics"] == ["loss.test": 2, "loss.train": 12.5])
        #expect(model["disposition"] == "ran")
        #expect(try workspace.sluice("runs", "show", "1").output.contains("never ran"))
        #expect(try workspace.sluice("runs", "show", "9").status == 2)
    }
}

@Test func metricsRankRuns() throws {
    try withWorkspace(pipeline) { workspace in
        for rate in ["3", "1", "2"] { try workspace.run("p.yaml", "--set", "rate=\(rate)") }
        func runs(_ arguments: String...) throws -> [Value] {
            let outcome = try BuiltProgram.sluice.run(
                ["metrics", "--json"] + arguments, in: workspace.folder)
            return try json(outcome)["runs"].list.map { $0["run"] }
        }
        #expect(try runs() == [3, 2, 1])
        #expect(try runs("--sort", "loss.train") == [2, 3, 1])
        #expect(try runs("--sort", "-loss.train") == [1, 3, 2])
        #expect(try runs("--where", "model.loss.train < 7", "--where", "rate != 1") == [3])
        #expect(try runs("--runs", "1") == [3])
        let text = try workspace.sluice("metrics", "--sort", "loss.train").output
        #expect(text.contains("* 2"))
        // The parameter that is the same in all runs is not shown.
        #expect(text.contains("rate") && !text.contains("rows"))
        // Nor is the metric, unless it is asked for, or there is nothing to compare.
        #expect(text.contains("loss.train") && !text.contains("loss.test"))
        for more in [["--all"], ["--metric", "loss.test"], ["--runs", "1"]] {
            let outcome = try BuiltProgram.sluice.run(["metrics"] + more, in: workspace.folder)
            #expect(outcome.output.contains("loss.test"), "\(more): \(outcome.output)")
        }
        let all = try workspace.sluice("metrics", "--all").output
        #expect(all.contains("rows") && all.contains("loss.train"))
        #expect(try workspace.sluice("metrics", "--sort", "los").status == 2)
    }
}

@Test func aSweepRunsSharedStagesOnce() throws {
    let counted = pipeline.replacing("seq ${rows}", with: "echo once >> ${counter}; seq ${rows}")
        .replacing("rows: 3", with: "rows: 3, counter: COUNTER")
        .replacing(
            "outputs: { rows: rows.txt }", with: "outputs: { rows: rows.txt }, allow: { write: [marks] }")
    try withWorkspace() { workspace in
        let counter = workspace.folder.appending("marks/counter").text
        try workspace.write(counted.replacing("COUNTER", with: counter))
        let outcome = try workspace.sluice(
            "sweep", "p.yaml", "--vary", "rate=5,1,3", "--rank-by", "loss.train", "--name", "try", "--json")
        let runs = try json(outcome)["runs"].list
        #expect(runs.map { $0["parameters"]["rate"] } == [1, 3, 5])
        #expect(runs.map { $0["name"] } == ["try-2", "try-3", "try-1"])
        #expect(try workspace.lines(of: "marks/counter") == ["once"])
        // The combinations are ordinary results: running one of them does nothing.
        let again = try workspace.run("p.yaml", "--set", "rate=3")
        #expect(Set(again.dispositions.values) == ["cached"])
        let plan = try workspace.sluice("sweep", "p.yaml", "--vary", "rate=5,7", "--dry-run")
        #expect(plan.status == 0 && plan.output.contains("model{rate=7}"))
        // A sweep publishes nothing, and leaves what is published.
        let published = workspace.folder.appending("artifacts/out/fit/table.csv")
        let table = try read(published)
        #expect(try workspace.sluice("sweep", "p.yaml", "--vary", "rate=5,1").status == 0)
        #expect(try read(published) == table)
    }
}

@Test func aSweepContinuesAfterAFailureIfRequested() throws {
    let text = """
        pipeline: f
        parameters: { n: 1 }
        stages:
          s: { run: "test ${n} != 2; echo '{\\"n\\": ${n}}' > ${outputs.metrics}; test ${n} != 2", metrics: m.json }
        """
    try withWorkspace(text) { workspace in
        let outcome = try workspace.sluice("sweep", "p.yaml", "--vary", "n=1,2,3", "-k", "--json")
        #expect(outcome.status == 1)
        let runs = try Value(json: Array(outcome.output.utf8)).normalized["runs"].list
        #expect(runs.map { $0["outcome"] } == ["succeeded", "failed", "succeeded"])
        #expect(runs.map { $0["metrics"]["s.n"] } == [1, .null, 3])
    }
}
