import Files
import StageSchemas
import TestSupport
import Testing

/// What `--json` prints is as `Docs/schemas` says.
struct DocumentSchemaTests {
    private static let pipeline = """
        pipeline: documents
        parameters: { rate: 1, rows: 3, extra: false }
        stages:
          data: { run: "seq ${rows} > ${outputs.rows}", outputs: { rows: rows.txt } }
          same: { run: "echo same > ${outputs.same}", outputs: { same: same.txt } }
          model:
            inputs: { rows: data.rows, notes: { file: notes.txt } }
            run: |
              printf '{"loss": %s.5}' ${rate} > ${outputs.metrics}
              printf 'id,p\\na,1\\nb,%s\\n' ${rate} > ${outputs.table}
              printf '\\x36\\0\\0\\0\\0\\0\\0\\0{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}\\0\\0\\0%s' ${rate} > ${outputs.w}
              printf '\\0\\0%s' ${rate} > ${outputs.bytes}
              mkdir ${outputs.folder}; echo ${rate} > ${outputs.folder}/a; echo b > ${outputs.folder}/b
            outputs: { table: table.csv, w: w.safetensors, bytes: b.bin, folder: folder/ }
            metrics: scores.json
          fold:
            matrix: { n: [1, 2] }
            run: echo ${matrix.n} > ${outputs.o}
            outputs: { o: o.txt }
          sample: { kind: sample-comparisons, with: { rows: 20 } }
          rows: { kind: ingest, inputs: { file: sample.train }, with: { labels: required } }
          left: { when: "${extra}", run: "echo > ${outputs.o}", outputs: { o: o.txt } }
        publish: { table.csv: model.table }
        """

    private let schemas: JSONSchemas
    init() throws { schemas = try JSONSchemas() }

    /// Runs a command and compares its document with a schema.
    private func check(
        _ schema: String, _ command: String, in workspace: Workspace, status: Int32 = 0,
        seen: inout Set<String>
    ) throws {
        seen.insert(schema)
        let words = command.split(separator: " ").map(String.init)
        let outcome = try BuiltProgram.sluice.run(words + ["--json"], in: workspace.folder)
        #expect(outcome.status == status, "\(command): \(outcome.errors)")
        let document = try Value(json: Array(outcome.output.utf8))
        let faults = schemas.faults(in: document, by: schema)
        #expect(faults.isEmpty, "\(command)")
    }

    @Test func everyDocumentIsAsItsSchemaSays() throws {
        try withWorkspace(Self.pipeline) { workspace in
            var seen: Set<String> = []
            func check(_ schema: String, _ commands: String..., status: Int32 = 0) throws {
                for command in commands {
                    try self.check(schema, command, in: workspace, status: status, seen: &seen)
                }
            }
            // Without a store.
            try check("version", "version")
            try check("devices", "devices")
            try check("kinds", "kinds", "kinds pack", "kinds --fingerprints")
            try check("cache-ls", "cache ls")
            try check("cache-du", "cache du")
            try check("cache-gc", "cache gc")
            try check("cache-verify", "cache verify")
            try check("remote-list", "remote list")
            try check("runs", "runs")
            try check("error", "runs show", "check p.yaml", "statsu", "cache show a.b", status: 2)
            try write("notes\n", to: workspace.folder.appending("notes.txt"))
            try check("check", "check p.yaml")
            try check("graph", "graph p.yaml", "graph p.yaml --instances")
            try check("status", "status p.yaml", "run p.yaml -n", "sweep p.yaml --vary rate=1,2 -n")

            try check("run", "run p.yaml --name first", "run p.yaml --set rate=4 --note changed")
            try check("status", "status p.yaml", "status p.yaml --set rate=5")
            try check("why", "why p.yaml model", "why p.yaml fold --set rate=4")
            try check("runs", "runs")
            try check("runs-show", "runs show", "runs show first")
            try check("logs", "logs model", "logs fold", "logs model --command")
            try check("metrics", "metrics", "sweep p.yaml --vary rate=1,4")
            try check("compare", "compare 1 2")
            for output in ["table", "metrics", "w", "bytes", "folder"] {
                try check("compare", "compare 1 2 --artifact model.\(output)")
            }
            try check("compare", "compare 1 2 --artifact same")
            try check("lineage", "lineage model.table", "lineage notes.txt --down")
            try check("cache-ls", "cache ls", "cache ls model")
            try check("error", "cache ls modle", "cache ls --pipeline other", status: 2)
            try check(
                "cache-show", "cache show data", "cache show model.table", "cache show model.w",
                "cache show model.bytes", "cache show model.metrics", "cache show model.folder",
                "cache show model.folder a", "cache show rows.rows")
            try check("cache-du", "cache du")
            try check("cache-gc", "cache gc --keep-runs 0")
            try check("cache-verify", "cache verify")
            let cache = "file://\(workspace.folder)/cache"
            #expect(try workspace.sluice("remote", "add", "team", cache, "--push", "always").status == 0)
            #expect(try workspace.sluice("push").status == 0)
            try check("remote-list", "remote list")
            try check("remote-ls", "remote ls", "remote ls --limit 1")
            try check("remote-verify", "remote verify")
            try check("remote-gc", "remote gc", "remote gc --older-than 0s --yes")
            #expect(try workspace.sluice("remote", "remove", "team").status == 0)
            try write("other notes\n", to: workspace.folder.appending("notes.txt"))
            try check("status", "status p.yaml")
            try check("accept", "accept p.yaml model --set rate=4", "accept p.yaml data --set rate=4")

            try workspace.write(
                "pipeline: bad\nstages:\n  a: { run: 'exit 3', outputs: { o: o } }\n", to: "bad.yaml")
            try check("run", "run bad.yaml", status: 1)
            try check("logs", "logs a")
            try check("runs-show", "runs show")
            try workspace.write("pipeline: worse\nstages: { a: { kind: none } }\n", to: "worse.yaml")
            try check("error", "check worse.yaml", "run worse.yaml", status: 2)
            #expect(seen == schemas.names)
        }
    }

    @Test func aFailureNamesItsMistakesWithTheirPlaces() throws {
        try withWorkspace("pipeline: p\nstages:\n  a: { kind: none }\n") { workspace in
            let outcome = try workspace.sluice("check", "p.yaml", "--json")
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("p.yaml:3:"))
            let text = outcome.output
            #expect(text.contains("\"exitStatus\":2") && text.contains("\"file\":\"p.yaml\",\"line\":3"))
            // Without --json, all there is to say is on standard error.
            #expect(try workspace.sluice("check", "p.yaml").output.isEmpty)
        }
    }

    /// A validator that finds no fault would prove nothing.
    @Test(
        arguments: [
            (#"{"a": 1.5}"#, "/a: not of the type integer"), (#"{"a": -1}"#, "/a: -1 is too small"),
            (#"{}"#, ": a is missing"), (#"{"a": 1, "b": 2}"#, ": b is not described"),
            (#"{"a": 1, "c": ["x", "7"]}"#, "/c/0: 'x' does not match"),
            (#"{"a": 1, "d": 2}"#, "/d: 2 is none of [1,null]"), (#"[]"#, ": not of the type object"),
        ])
    func theValidatorFindsFaults(document: String, fault: String) throws {
        let schema = try Value(
            json: Array(
                #"""
                {"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
                  "a": {"type": "integer", "minimum": 0}, "c": {"items": {"$ref": "#/$defs/digits"}}, "d": {"enum": [1, null]}},
                 "$defs": {"digits": {"pattern": "^[0-9]+$"}}}
                """#.utf8))
        let schemas = JSONSchemas(["s": schema])
        #expect(schemas.faults(in: try Value(json: Array(document.utf8)), by: "s") == [fault])
        #expect(
            schemas.faults(in: try Value(json: Array(#"{"a": 1, "c": ["7"], "d": null}"#.utf8)), by: "s")
                .isEmpty)
        #expect(!JSONSchemas(["s": ["contains": true]]).faults(in: 1, by: "s").isEmpty)
    }
}
