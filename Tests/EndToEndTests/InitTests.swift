import Files
import TestSupport
import Testing

struct InitTests {
    @Test func aProjectBeginsWithAPipelineThatRuns() throws {
        try withWorkspace { workspace in
            let outcome = try workspace.sluice("init")
            #expect(outcome.status == 0 && outcome.errors.contains("Wrote pipeline.yaml and .gitignore."))
            #expect(try workspace.run("pipeline.yaml").names("ran") == ["numbers", "total"])
            let folder = try #require(
                try FileSystem.names(in: workspace.folder.appending("artifacts/out")).first)
            #expect(try read(workspace.folder.appending("artifacts/out/\(folder)/total.txt")) == "55\n")
            #expect(try workspace.run("pipeline.yaml").names("cached") == ["numbers", "total"])
        }
    }

    @Test func existingFilesStay() throws {
        try withWorkspace { workspace in
            try workspace.write("# mine\n", to: "pipeline.yaml")
            try workspace.write("*.o", to: ".gitignore")
            #expect(try workspace.sluice("init").errors.contains("Wrote .gitignore."))
            #expect(try read(workspace.folder.appending("pipeline.yaml")) == "# mine\n")
            #expect(try read(workspace.folder.appending(".gitignore")) == "*.o\n/artifacts/\n")
            #expect(try !workspace.sluice("init").errors.contains("Wrote"))
            #expect(try read(workspace.folder.appending(".gitignore")) == "*.o\n/artifacts/\n")
        }
    }
}
