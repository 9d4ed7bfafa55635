import Files
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
