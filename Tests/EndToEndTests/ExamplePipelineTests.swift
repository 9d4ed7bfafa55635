import Files
import TestSupport
import Testing

/// Pipelines/examples does what the headers of its files promise.
struct ExamplePipelineTests {
    private static let examples = FilePath(#filePath).parent.parent.parent.appending("Pipelines/examples")

    /// Gives `body` a fresh workspace with a copy of the examples at the same relative path.
    private func withExamples(_ body: (Workspace) throws -> Void) throws {
        try withWorkspace { workspace in
            let copy = workspace.folder.appending("Pipelines/examples")
            for folder in [".", "inputs"] {
                for name in try FileSystem.names(in: Self.examples.appending(folder)) where name != "inputs" {
                    let path = "\(folder)/\(name)"
                    try write(try read(Self.examples.appending(path)), to: copy.appending(path))
                }
            }
            try body(workspace)
        }
    }

    /// Replaces a text that occurs in a file of the examples.
    private func edit(_ name: String, _ old: String, _ new: String, in workspace: Workspace) throws {
        let path = workspace.folder.appending("Pipelines/examples").appending(name)
        let text = try read(path)
        let range = try #require(text.firstRange(of: old), "\(name) does not contain '\(old)'")
        try write(text[..<range.lowerBound] + new + text[range.upperBound...], to: path)
    }

    private func published(_ name: String, of pipeline: String, in workspace: Workspace) throws -> String {
        try read(workspace.folder.appending("artifacts/out/\(pipeline)/\(name)"))
    }

    @Test(arguments: ["hello", "matrix", "parameters", "folders", "python-and-swift"])
    func secondRunOfAnExampleRunsNothing(name: String) throws {
        try withExamples { workspace in
            let file = "Pipelines/examples/\(name).yaml"
            let first = try workspace.run(file)
            #expect(first.names("ran") == first.stages.map(\.name))
            #expect(!first.published.isEmpty)
            let second = try workspace.run(file)
            #expect(second.names("cached") == first.stages.map(\.name))
        }
    }

    @Test func everyExampleIsTested() throws {
        let names = try FileSystem.names(in: Self.examples).filter { $0.hasSuffix(".yaml") }
        #expect(
            Set(names) == [
                "hello.yaml", "matrix.yaml", "parameters.yaml", "folders.yaml", "python-and-swift.yaml",
            ])
        for name in names {
            let text = try read(Self.examples.appending(name))
            #expect(text.hasPrefix("# Teaches: "), "\(name) does not say what it teaches")
            #expect(
                text.contains("sluice run Pipelines/examples/\(name)"), "\(name) does not say how to run it")
        }
    }

    @Test func helloRerunsOnlyWhatChanged() throws {
        let file = "Pipelines/examples/hello.yaml"
        try withExamples { workspace in
            _ = try workspace.run(file)
            let common = try published("common.txt", of: "hello", in: workspace)
            #expect(common.split(separator: "\n").count == 3)

            try edit("hello.yaml", "head -n 3 >", "head -n 5 >", in: workspace)
            #expect(try workspace.run(file).names("ran") == ["common"])

            try edit("inputs/trees.txt", "A tree keeps a diary", "A tree keeps a diary.", in: workspace)
            #expect(try workspace.run(file).names("ran") == ["words"])

            try edit("hello.yaml", "head -n 5 >", "head -n 3 >", in: workspace)
            try edit("inputs/trees.txt", "A tree keeps a diary.", "A tree keeps a diary", in: workspace)
            #expect(try workspace.run(file).names("ran").isEmpty)
            #expect(try published("common.txt", of: "hello", in: workspace) == common)
        }
    }

    @Test func matrixRunsNewInstancesAndWhatGathersThem() throws {
        let file = "Pipelines/examples/matrix.yaml"
        try withExamples { workspace in
            _ = try workspace.run(file)
            #expect(
                try published("table.txt", of: "matrix", in: workspace) == """
                    left 10 3.239926
                    left 100 3.151576
                    left 1000 3.142592
                    midpoint 10 3.142426
                    midpoint 100 3.141601
                    midpoint 1000 3.141593

                    """)
            #expect(
                try published("best.txt", of: "matrix", in: workspace) == "midpoint 1000 3.141593\n")
            let one = try workspace.run(file, "estimate[rule=left,steps=10]")
            #expect(one.names("cached") == ["estimate[rule=left,steps=10]"])

            try edit("matrix.yaml", "[10, 100, 1000]", "[10, 100, 1000, 10000]", in: workspace)
            #expect(
                try workspace.run(file).names("ran") == [
                    "estimate[rule=left,steps=10000]", "estimate[rule=midpoint,steps=10000]", "all",
                    "midpoint",
                ])
        }
    }

    @Test func parametersChooseInputsAndStages() throws {
        let file = "Pipelines/examples/parameters.yaml"
        try withExamples { workspace in
            let sample = try workspace.run(file)
            #expect(sample.stages.map(\.name) == ["sample", "longest"])
            #expect(
                try published("longest.txt", of: "parameters", in: workspace)
                    == "10 everything\n10 worthwhile\n9 pipelines\n")

            #expect(try workspace.run(file, "--set", "limit=2").names("ran") == ["longest"])
            #expect(
                try published("longest.txt", of: "parameters", in: workspace)
                    == "10 everything\n10 worthwhile\n")

            let own = try workspace.run(
                file, "--set", "text=Pipelines/examples/inputs/rivers.txt", "--set", "loud=true")
            #expect(own.names("ran") == ["longest", "loud"])
            #expect(
                try published("loud.txt", of: "parameters", in: workspace)
                    == "9 REMEMBERS\n7 CROSSES\n6 BEFORE\n")

            let check = try workspace.sluice("check", file)
            #expect((check.output + check.errors).contains("loud"))
        }
    }

    @Test func foldersRerunWhatCallsAnEditedScript() throws {
        let file = "Pipelines/examples/folders.yaml"
        try withExamples { workspace in
            _ = try workspace.run(file)
            #expect(
                try published("summary.txt", of: "folders", in: workspace) == """
                    Cairo: 2 months, 21.20 degrees on average
                    Lima: 2 months, 20.20 degrees on average
                    Oslo: 2 months, 6.70 degrees on average

                    """)
            #expect(
                try published("cities/Lima.csv", of: "folders", in: workspace)
                    == "January,23.6\nJuly,16.8\n")
            try edit("inputs/summarize.sh", "on average", "in the mean", in: workspace)
            #expect(try workspace.run(file).names("ran") == ["summary"])
            #expect(
                try published("summary.txt", of: "folders", in: workspace).hasPrefix(
                    "Cairo: 2 months, 21.20 degrees in the mean\n"))
        }
    }

    @Test func pythonAndSwiftStagesReadEachOthersOutputs() throws {
        try withExamples { workspace in
            _ = try workspace.run("Pipelines/examples/python-and-swift.yaml")
            let report = try published("report.md", of: "python-and-swift", in: workspace)
            #expect(report.hasPrefix("Log loss 0."))
            #expect(report.contains(" on 120 rows, "))
            #expect(
                try published("metrics.json", of: "python-and-swift", in: workspace).contains("\"logLoss\""))
        }
    }
}
