import Files
import TestSupport
import Testing

private let pipeline = """
    pipeline: demo
    parameters: { word: hello, other: 1 }
    stages:
      words:
        run: printf '%s\\n' ${word} there > ${outputs.text}
        outputs: { text: words.txt }
      count:
        run: wc -l < ${inputs.text} > ${outputs.count}
        inputs: { text: words.text }
        outputs: { count: count.txt }
      upper:
        run: tr a-z A-Z < ${inputs.text} > ${outputs.text}
        inputs: { text: words.text }
        outputs: { text: upper.txt }
      report:
        run: cat ${inputs.count} ${inputs.text} > ${outputs.report}
        inputs: { count: count.count, text: upper.text }
        outputs: { report: report.txt }
      aside:
        run: echo ${other} > ${outputs.text}
        outputs: { text: aside.txt }
    publish: { report.txt: report.report }
    """

@Test func secondRunRunsNothing() throws {
    try withWorkspace(pipeline) { workspace in
        let first = try workspace.run()
        #expect(first.names("ran").count == 5)
        #expect(first.published == ["report.txt": "artifacts/out/demo/report.txt"])
        #expect(try read(workspace.folder.appending("artifacts/out/demo/report.txt")) == "2\nHELLO\nTHERE\n")
        let second = try workspace.run()
        #expect(second.names("cached").count == 5)
        #expect(second.published == first.published)
        #expect(second.digests == first.digests)
        let text = try workspace.sluice("run", "p.yaml")
        #expect(text.errors.contains("Nothing to do: all 5 stages of demo are up to date"))
        #expect(text.output.isEmpty)
    }
}

@Test func anEditedParameterRunsWhatDependsOnIt() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        let edited = try workspace.run("p.yaml", "--set", "word=good-bye")
        // The count of lines is the same, so nothing that only reads it would run again.
        #expect(edited.names("ran") == ["words", "count", "upper", "report"])
        #expect(edited.names("cached") == ["aside"])
        let back = try workspace.run()
        #expect(back.names("ran").isEmpty)
    }
}

@Test func equalOutputStopsTheRebuild() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        let text = try read(workspace.folder.appending("p.yaml"))
        try workspace.write(text.replacing("wc -l < ${inputs.text}", with: "cat ${inputs.text} | wc -l"))
        let edited = try workspace.run()
        #expect(edited.names("ran") == ["count"])
        #expect(edited.dispositions["report"] == "cached")
    }
}

@Test func meaningCountsNotText() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        let reordered = """
            # The same work, written differently.
            pipeline: demo
            parameters: { other: 1, word: hello }
            stages:
              aside:    # a comment
                outputs: { text: aside.txt }
                run: echo ${other} > ${outputs.text}
              wörter:
                outputs: {text: words.txt}
                run: "printf '%s\\\\n' ${word} there > ${outputs.text}"
              number-of-lines:
                outputs: { count: count.txt }
                inputs: { text: wörter.text }
                run: wc -l < ${inputs.text} > ${outputs.count}
                retries: 2
                resources: { cpus: 2 }
              shout:
                run: tr a-z A-Z < ${inputs.text} > ${outputs.text}
                inputs: { text: wörter.text }
                outputs: { text: upper.txt }
              last:
                run: cat ${inputs.count} ${inputs.text} > ${outputs.report}
                inputs: { text: shout.text, count: number-of-lines.count }
                outputs: { report: report.txt }
            """.replacing("wörter", with: "woerter")
        try workspace.write(reordered)
        #expect(try workspace.run().names("ran").isEmpty)
    }
}

@Test func aMovedCheckoutIsCached() throws {
    try withTemporaryFolder { parent in
        let workspace = Workspace(folder: parent.appending("here"))
        try workspace.write(pipeline)
        try TestSupport.write("1,2\n", to: workspace.folder.appending("data/in.csv"))
        try workspace.write(withFile, to: "file.yaml")
        _ = try workspace.run()
        _ = try workspace.run("file.yaml")
        let moved = Workspace(folder: parent.appending("there"))
        try FileSystem.rename(workspace.folder, to: moved.folder)
        #expect(try moved.run().names("ran").isEmpty)
        #expect(try moved.run("file.yaml").names("ran").isEmpty)
    }
}

private let withFile = """
    pipeline: files
    stages:
      copy:
        run: cat ${inputs.file} > ${outputs.copy}
        inputs: { file: { file: data/in.csv } }
        outputs: { copy: copy.csv }
      use:
        run: wc -c < ${inputs.copy} > ${outputs.size}
        inputs: { copy: copy.copy }
        outputs: { size: size.txt }
    """

@Test func filesCountByContent() throws {
    try withWorkspace(withFile) { workspace in
        let file = workspace.folder.appending("data/in.csv")
        try write("1,2\n", to: file)
        _ = try workspace.run()
        // Written again with the same bytes, then with others of the same length.
        try write("1,2\n", to: file)
        #expect(try workspace.run().names("ran").isEmpty)
        try write("1,3\n", to: file)
        #expect(try workspace.run().names("ran") == ["copy", "use"])
        try write("1,4\n", to: file)
        #expect(try workspace.run().names("ran") == ["copy", "use"])
    }
}

@Test func pipelinesShareEqualWork() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        try workspace.write(pipeline.replacing("pipeline: demo", with: "pipeline: another"), to: "q.yaml")
        let other = try workspace.run("q.yaml")
        #expect(other.names("cached").count == 5)
        #expect(other.published == ["report.txt": "artifacts/out/another/report.txt"])
        let file = workspace.folder.appending("artifacts/out/another/report.txt")
        #expect(try read(file) == "2\nHELLO\nTHERE\n")
    }
}

@Test func stagesCanBeChosen() throws {
    try withWorkspace(pipeline) { workspace in
        let needed = try workspace.run("p.yaml", "count")
        #expect(needed.stages.map(\.name) == ["words", "count"])
        let from = try workspace.run("p.yaml", "upper", "--from")
        #expect(from.names("ran") == ["upper", "report"])
        let forced = try workspace.run("p.yaml", "count", "--force")
        #expect(forced.names("ran") == ["count"])
        let only = try workspace.run("p.yaml", "report", "--only", "--force")
        #expect(only.names("ran") == ["report"])
        let missing = try workspace.run("p.yaml", "count", "--only", "--set", "word=new", status: 1)
        #expect(missing.dispositions["words"] == "failed")
    }
}

@Test func aDryRunChangesNothing() throws {
    try withWorkspace(pipeline) { workspace in
        let dry = try workspace.sluice("run", "p.yaml", "-n")
        #expect(dry.status == 0)
        #expect(dry.output.contains("demo: 2 will run, 3 may run"))
        #expect(try workspace.run().names("ran").count == 5)
        let edited = try workspace.sluice("run", "p.yaml", "-n", "--set", "other=2")
        #expect(edited.output.contains("demo: 4 up to date, 1 will run"))
    }
}
