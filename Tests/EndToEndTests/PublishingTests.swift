import Files
import TestSupport
import Testing

private func pipeline(_ stages: String, publishing: String) -> String {
    "pipeline: pub\nstages:\n\(stages)\npublish: \(publishing)\n"
}

private let file = "  s: { run: 'echo 1 > ${outputs.o}', outputs: { o: model } }"
private let folder =
    "  s: { run: 'mkdir ${outputs.o}; echo 1 > ${outputs.o}/weights', outputs: { o: model/ } }"

@Test func aPublishedFileBecomesAFolderAndBack() throws {
    try withWorkspace(pipeline(file, publishing: "{ model: s }")) { workspace in
        let place = workspace.folder.appending("artifacts/out/pub/model")
        try workspace.run("p.yaml")
        try workspace.write(pipeline(folder, publishing: "{ model: s }"))
        try workspace.run("p.yaml")
        #expect(try read(place.appending("weights")) == "1\n")
        try workspace.write(pipeline(file, publishing: "{ model: s }"))
        try workspace.run("p.yaml")
        #expect(try read(place) == "1\n")
        // A file within a folder that has the file's name.
        try workspace.write(pipeline(file, publishing: "{ model/one.txt: s }"))
        try workspace.run("p.yaml")
        #expect(try read(place.appending("one.txt")) == "1\n")
        #expect(try FileSystem.names(in: workspace.folder.appending("artifacts/out/pub")) == ["model"])
    }
}

@Test func filesNoLongerPublishedAreRemovedUnlessChanged() throws {
    try withWorkspace(pipeline(file, publishing: "{ a/x: s, b: s, c: s }")) { workspace in
        let out = workspace.folder.appending("artifacts/out/pub")
        try workspace.run("p.yaml")
        try write("mine", to: out.appending("b"))
        try write("mine too", to: out.appending("unknown"))
        try workspace.write(pipeline(file, publishing: "{ c: s }"))
        let outcome = try workspace.sluice("run", "p.yaml")
        #expect(outcome.errors.contains("removed artifacts/out/pub/a/x"))
        #expect(outcome.errors.contains("was changed, so it is kept"))
        #expect(try FileSystem.names(in: out).sorted() == ["b", "c", "unknown"])
        // It is reported once.
        #expect(try !workspace.sluice("run", "p.yaml").errors.contains("no longer published"))
    }
}

@Test func aFailedRunPublishesNothing() throws {
    let stages = file + "\n  bad: { run: 'exit 1; echo > ${outputs.o}', outputs: { o: o } }"
    try withWorkspace(pipeline(stages, publishing: "{ model: s }")) { workspace in
        let document = try workspace.run("p.yaml", "-k", status: 1)
        #expect(document.published.isEmpty)
        #expect(!FileSystem.exists(workspace.folder.appending("artifacts/out")))
    }
}
