import Files
import StageSchemas
import TestSupport
import Testing

/// `sluice export openlineage`, `prov` and `ro-crate`. `make test-standards` validates them with the packages of the standards.
struct StandardExportTests {
    private static let pipeline = """
        pipeline: chain
        parameters: { rate: 1, deep: { er: text } }
        stages:
          data: { run: "seq 3 > ${outputs.rows}", outputs: { rows: rows.txt } }
          model:
            matrix: { fold: [0, 1] }
            inputs: { rows: data.rows, notes: { file: "notes & more.txt" } }
            run: cat ${inputs.rows} ${inputs.notes} > ${outputs.m}; echo ${matrix.fold} ${rate} >> ${outputs.m}
            outputs: { m: m.txt }
          all:
            inputs: { models: "model[*].m" }
            run: cat ${inputs.models} > ${outputs.all}; mkdir ${outputs.parts}; echo a > ${outputs.parts}/a
            outputs: { all: all.txt, parts: parts/ }
        publish: { "final table.txt": all.all, parts: all.parts }
        """

    private func withRuns(_ body: (Workspace) throws -> Void) throws {
        try withWorkspace(Self.pipeline) { workspace in
            try write("notes\n", to: workspace.folder.appending("notes & more.txt"))
            try workspace.run("p.yaml")
            try workspace.run("p.yaml", "--set", "rate=2")
            try body(workspace)
        }
    }

    @Test func openLineageEventsFollowTheRun() throws {
        try withRuns { workspace in
            let outcome = try workspace.sluice("export", "openlineage")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try workspace.sluice("export", "openlineage").output == outcome.output)
            let events = try outcome.output.split(separator: "\n").map { try Value(json: Array($0.utf8)) }
            // The run and four stages.
            #expect(events.count == 10)
            for event in events {
                #expect(
                    event["schemaURL"].text
                        == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent")
                #expect(
                    event["eventTime"].text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
                #expect(
                    event["run"]["runId"].text.wholeMatch(
                        of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
                for facet in event["run"]["facets"].members.values {
                    #expect(facet["_schemaURL"].text.hasPrefix("https://openlineage.io/spec/facets/"))
                }
            }
            #expect(events.first?["eventType"] == "START" && events.last?["eventType"] == "COMPLETE")
            #expect(events.first?["run"]["runId"] == events.last?["run"]["runId"])
            let ends = events.filter { $0["eventType"] == "COMPLETE" }
            let model = try #require(ends.first { $0["job"]["name"] == "chain.model[fold=1]" })
            #expect(model["run"]["facets"]["parent"]["run"]["runId"] == events[0]["run"]["runId"])
            #expect(model["job"]["facets"]["sourceCode"]["sourceCode"].text.contains("cat ${inputs.rows}"))
            let inputs = model["inputs"].list.map { $0["name"].text }
            #expect(inputs.contains("chain/data.rows"))
            let file = workspace.folder.appending("notes & more.txt").text
            #expect(
                model["inputs"].list.contains { $0["namespace"] == "file" && $0["name"].text.hasSuffix(file) }
            )
            // What the earlier run made is an activity of that run.
            let data = try #require(ends.first { $0["job"]["name"] == "chain.data" })
            #expect(data["run"]["facets"]["parent"] == .null)
            let earlier = try workspace.sluice("export", "openlineage", "1").output
            #expect(earlier.contains(data["run"]["runId"].text))
            #expect(!earlier.contains(model["run"]["runId"].text))
        }
    }

    @Test func aFailureIsAFailureInEveryStandard() throws {
        try withWorkspace("pipeline: bad\nstages:\n  a: { run: 'exit 3', outputs: { o: o.txt } }\n") {
            workspace in
            try workspace.run("p.yaml", status: 1)
            let events = try workspace.sluice("export", "openlineage").output
            #expect(events.contains("\"eventType\":\"FAIL\"") && events.contains("errorMessage"))
            #expect(
                try workspace.sluice("export", "prov").output.contains("\"sluice:disposition\": \"failed\""))
            #expect(try workspace.sluice("export", "ro-crate", "-o", "crate").status == 0)
            let crate = try read(workspace.folder.appending("crate/ro-crate-metadata.json"))
            #expect(crate.contains("http://schema.org/FailedActionStatus"))
        }
    }

    @Test func provRelationsReferToExistingElements() throws {
        try withRuns { workspace in
            let document = try json(workspace.sluice("export", "prov"))
            let ids = Set(["entity", "activity", "agent"].flatMap { document[$0].members.keys })
            var generated: [String] = []
            for (section, relations) in document.members
            where !["entity", "activity", "agent", "prefix"].contains(section) {
                for relation in relations.members.values {
                    for (name, value) in relation.members where name != "prov:role" {
                        #expect(ids.contains(value.text), "\(section): \(value)")
                    }
                    if section == "wasGeneratedBy" { generated.append(relation["prov:entity"].text) }
                }
            }
            // An entity has one activity that made it.
            #expect(generated.count == 5 && Set(generated).count == 5)
            #expect(document["used"].members.count == 2 * 2 + 2)
            #expect(
                document["wasStartedBy"].members.count == 3 && document["wasInformedBy"].members.count == 1)
            for id in ids {
                let prefix = String(id.prefix { $0 != ":" })
                #expect(document["prefix"][prefix] != .null, "\(id)")
            }
        }
    }

    @Test func aCrateHasItsFilesAndNamesNothingElse() throws {
        try withRuns { workspace in
            let outcome = try workspace.sluice("export", "ro-crate", "-o", "crate", "--license", "CC-BY-4.0")
            #expect(outcome.status == 0, "\(outcome.errors)")
            let folder = workspace.folder.appending("crate")
            #expect(try read(folder.appending("results/final table.txt")).hasSuffix("1 2\n"))
            #expect(try read(folder.appending("results/parts/a")) == "a\n")
            #expect(try read(folder.appending("p.yaml")) == Self.pipeline)
            let crate = try Value(json: Array(read(folder.appending("ro-crate-metadata.json")).utf8))
            let entities = crate["@graph"].list
            let ids = Set(entities.map { $0["@id"].text })
            #expect(ids.count == entities.count)
            func references(_ value: Value) -> [String] {
                if case .map(let fields) = value, fields.count == 1, let id = fields["@id"] {
                    return [id.text]
                }
                return value.list.flatMap(references) + value.members.values.flatMap(references)
            }
            for id in entities.flatMap(references) where !id.hasPrefix("http") {
                #expect(ids.contains(id), "\(id)")
            }
            let root = try #require(entities.first { $0["@id"] == "./" })
            let parts = root["hasPart"].list.map { $0["@id"].text }
            #expect(parts.contains("results/final%20table.txt") && parts.contains("p.yaml"))
            #expect(root["license"]["@id"] == "https://spdx.org/licenses/CC-BY-4.0")
            // Again, it would be the same; but nothing is overwritten.
            #expect(try workspace.sluice("export", "ro-crate", "-o", "crate").status == 2)
            try workspace.sluice("export", "ro-crate", "-o", "again", "--license", "CC-BY-4.0")
            #expect(
                try read(workspace.folder.appending("again/ro-crate-metadata.json"))
                    == read(folder.appending("ro-crate-metadata.json")))
        }
    }

    @Test func aCrateHasAllFilesOfThePipeline() throws {
        let main =
            "pipeline: m\nparameters: { word: a }\ninclude: [../parts/inner.yaml]\nstages:\n"
            + "  all: { run: 'cat ${inputs.i} > ${outputs.o}', inputs: { i: inner }, outputs: { o: o.txt } }\n"
        let inner =
            "include: [deep/more.yaml]\nstages:\n"
            + "  inner: { run: 'cat ${inputs.i} > ${outputs.o}', inputs: { i: more }, outputs: { o: o.txt } }\n"
        let more = "stages:\n  more: { run: 'echo more > ${outputs.o}', outputs: { o: o.txt } }\n"
        let values = "word: b\n"
        let files = [
            "main/p.yaml": main, "parts/inner.yaml": inner, "parts/deep/more.yaml": more,
            "values.yaml": values,
        ]
        try withWorkspace { workspace in
            for (name, text) in files {
                let path = workspace.folder.appending(name)
                try FileSystem.makeDirectories(path.parent)
                try write(text, to: path)
            }
            try workspace.run("main/p.yaml", "--params", "values.yaml")
            let outcome = try workspace.sluice("export", "ro-crate", "-o", "crate")
            #expect(outcome.status == 0, "\(outcome.errors)")
            let folder = workspace.folder.appending("crate")
            for (name, text) in files { #expect(try read(folder.appending(name)) == text) }
            let crate = try Value(json: Array(read(folder.appending("ro-crate-metadata.json")).utf8))
            let entities = Dictionary(crate["@graph"].list.map { ($0["@id"].text, $0) }) { first, _ in first }
            let parts = try #require(entities["./"])["hasPart"].list.map { $0["@id"].text }
            #expect(files.keys.allSatisfy { parts.contains($0) && entities[$0] != nil }, "\(parts)")
            #expect(try #require(entities["./"])["mainEntity"]["@id"] == "main/p.yaml")
            // It runs unchanged there.
            #expect(try workspace.sluice("check", "-C", "crate", "main/p.yaml").status == 0)
            // Other values than those of the run are not passed off as its own.
            try write("word: c\n", to: workspace.folder.appending("values.yaml"))
            let changed = try workspace.sluice("export", "ro-crate", "-o", "other")
            #expect(
                changed.status == 2 && changed.errors.contains("are no longer those of the run"),
                "\(changed.errors)")
        }
    }

    @Test func aCrateNeedsThePipelineFileOfTheRun() throws {
        try withRuns { workspace in
            // The parameters of the earlier run make it what it was.
            #expect(try workspace.sluice("export", "ro-crate", "1", "-o", "first").status == 0)
            try workspace.write(Self.pipeline.replacing("seq 3", with: "seq 4"))
            let outcome = try workspace.sluice("export", "ro-crate", "-o", "crate")
            #expect(
                outcome.status == 2 && outcome.errors.contains("'data' is different"), "\(outcome.errors)")
            #expect(!FileSystem.exists(workspace.folder.appending("crate")))
        }
    }

    @Test func aStageWithTheNameOfAStandardIsStillAStage() throws {
        try withWorkspace(
            "pipeline: p\nstages:\n  prov: { run: 'echo > ${outputs.o}', outputs: { o: o.txt } }\n"
        ) { workspace in
            try workspace.run("p.yaml")
            #expect(try workspace.sluice("export", "-o", "b.sluice", "prov").status == 0)
            #expect(FileSystem.exists(workspace.folder.appending("b.sluice")))
        }
    }
}
