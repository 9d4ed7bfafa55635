import Files
import Glibc
import TestSupport
import Testing

private let pipeline = """
    pipeline: shown
    parameters: { word: "<b>&bold</b>" }
    stages:
      data: { run: "seq 5 > ${outputs.rows}; echo '<script>alert(1)</script>'", outputs: { rows: rows.txt } }
      part:
        inputs: { rows: data.rows }
        matrix: { i: [1, 2] }
        run: "head -n ${matrix.i} ${inputs.rows} > ${outputs.o}"
        outputs: { o: o.txt }
      page:
        inputs: { parts: "part[*].o" }
        run: |
          printf '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>' > ${outputs.drawing}
          printf 'id,p\\na,1\\n' > ${outputs.table}
          printf '{"loss": 0.5}' > ${outputs.metrics}
        outputs: { drawing: d.svg, table: t.csv }
        metrics: m.json
    publish: { drawing.svg: page.drawing, "table.csv": page.table }
    """

@Test func aReportIsOnePageWithoutNetwork() throws {
    try withWorkspace(pipeline) { workspace in
        #expect(try workspace.sluice("report").status == 2)
        try workspace.run("p.yaml", "--note", "a <note>")
        let outcome = try workspace.sluice("report", "-o", "r.html")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let page = try read(workspace.folder.appending("r.html"))
        for section in ["results", "graph", "timeline", "metrics", "parameters", "stages", "lineage"] {
            #expect(page.contains("<h2 id=\"\(section)\">"), "\(section)")
        }
        #expect(page.contains("part ×2"))
        #expect(page.contains("data:image/svg+xml;base64,PHN2ZyB"))
        // What stages print and parameters hold is text, not markup.
        #expect(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"))
        #expect(!page.contains("<b>&bold") && page.contains("a &lt;note&gt;"))
        for address in ["href=\"http", "src=\"http", "src=\"/", "@import"] where page.contains(address) {
            Issue.record("the page refers to \(address)")
        }
    }
}

/// `Tests/report-page`, which anyone can run on any report.
@Suite struct ReportPageTests {
    private static let script = FilePath(#filePath).parent.parent.appending("report-page")

    private static let isPossible: Bool = {
        let check = "command -v chromium && command -v chromedriver && /usr/bin/python3 -c 'import selenium'"
        return (try? BuiltProgram(at: "/bin/sh").run(["-c", check], in: "/").status) == 0
    }()

    @Test(.enabled(if: isPossible, "it takes Debian's chromium, chromium-driver and python3-selenium"))
    func theReportWorksInABrowser() throws {
        try withWorkspace(pipeline) { workspace in
            try workspace.run("p.yaml")
            try workspace.sluice("report", "-o", "r.html")
            let outcome = try BuiltProgram(at: "/usr/bin/python3").start(
                [Self.script.text, workspace.folder.appending("r.html").text], in: workspace.folder
            ).wait(seconds: 300)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }
}

@Test func lineageFollowsContents() throws {
    try withWorkspace(pipeline) { workspace in
        try workspace.run("p.yaml")
        let up = try workspace.sluice("lineage", "artifacts/out/shown/table.csv").output
        #expect(up.contains("page") && up.contains("part[i=1]") && up.contains("data"))
        let down = try workspace.sluice("lineage", "data.rows", "--down").output
        #expect(down.contains("part[i=2]") && down.contains("page"))
        #expect(try workspace.sluice("lineage", "data.rows").output.hasPrefix("data "))
        let dot = try workspace.sluice("lineage", "page.table", "--format", "dot").output
        #expect(dot.hasPrefix("digraph") && dot.contains("->"))
        #expect(
            try workspace.sluice("lineage", "page.table", "--format", "mermaid").output.hasPrefix("flowchart")
        )
        #expect(
            try workspace.sluice("lineage", "page.table", "--json").output.contains("\"direction\":\"up\""))
        // Another file is not taken for one of the store's.
        try workspace.write("other", to: "other.txt")
        #expect(try workspace.sluice("lineage", "other.txt").status == 2)
    }
}

/// Outputs with the same content are told apart by the pipeline file, as long as it describes the run.
@Test func lineageTellsOutputsOfTheSameContentApart() throws {
    let text = """
        pipeline: same
        stages:
          a: { run: "echo ok > ${outputs.o}; : a", outputs: { o: o.txt } }
          b: { run: "echo ok > ${outputs.o}; : b", outputs: { o: o.txt } }
          c: { run: "(cat ${inputs.i}; echo c) > ${outputs.o}", inputs: { i: b }, outputs: { o: o.txt } }
          e: { run: "cat ${inputs.i} > ${outputs.o}", inputs: { i: { file: ok.txt } }, outputs: { o: o.txt } }
        """
    try withWorkspace(text) { workspace in
        try workspace.write("ok\n", to: "ok.txt")
        // The path of a file is not kept if it has just changed.
        usleep(200_000)
        try workspace.run("p.yaml")
        func lineage(_ words: String...) throws -> String {
            try BuiltProgram.sluice.run(["lineage"] + words, in: workspace.folder).output
        }
        #expect(try lineage("c") == "c  (run)\n  b  (run)\n")
        #expect(
            try lineage("e").hasPrefix("e  (run)\n  i: ") && lineage("e").contains("ok.txt, from outside"))
        #expect(try lineage("a", "--down").contains("no stage read it"))
        #expect(try lineage("b", "--down") == "c  (run)\n")
        // Another pipeline that has read an artifact later is not where it came from.
        try workspace.write(
            "pipeline: reader\nstages:\n"
                + "  z: { run: \"cat ${inputs.i} > ${outputs.o}\", inputs: { i: \"same:b\" }, outputs: { o: o.txt } }\n",
            to: "reader.yaml")
        try workspace.run("reader.yaml")
        #expect(try lineage("same:b") == "b  (run)\n")
        #expect(try lineage("same:e").contains("ok.txt, from outside"))
        #expect(try lineage("reader:z").hasPrefix("z  (run)\n  i: same:b"))
        // What a stage was made from goes with it into another store: b, not a.
        #expect(try workspace.sluice("export", "c", "--run", "1", "-o", "c.sluice").status == 0)
        try FileSystem.makeDirectories(workspace.folder.appending("other"))
        #expect(try workspace.sluice("-C", "other", "init").status == 0)
        #expect(try workspace.sluice("-C", "other", "import", "../c.sluice").status == 0)
        try workspace.write(text, to: "other/p.yaml")
        #expect(try workspace.sluice("-C", "other", "run", "p.yaml", "c").errors.contains("all 2 stages"))
    }
}

@Test func aFailedRunsGraphHasWhatItDidNotReach() throws {
    try withWorkspace(
        """
        pipeline: failing
        stages:
          bad: { run: "exit 3", outputs: { o: o.txt } }
          after: { run: "cat ${inputs.b} > ${outputs.o}", inputs: { b: bad }, outputs: { o: o.txt } }
        """
    ) { workspace in
        let run = try workspace.sluice("run", "p.yaml")
        let report = try workspace.sluice("report", "-o", "r.html")
        #expect(run.status == 1 && report.status == 0)
        #expect(try read(workspace.folder.appending("r.html")).contains("class=edge"))
    }
}
