import Files
import TestSupport
import Testing

private let pipeline = """
    pipeline: demo
    stages:
      docs:
        run: |
          cat ${inputs.names} > ${outputs.list}
          mkdir ${outputs.parts}
          for name in $(tr -d '[],"' < ${inputs.names}); do echo "text of $name" > ${outputs.parts}/$name.txt; done
        inputs: { names: { file: names.json } }
        outputs: { list: list.json, parts: parts/ }
      shout:
        each: { doc: docs.list }
        run: echo ${each.doc} | tr a-z A-Z > ${outputs.o}
        outputs: { o: o.txt }
      count:
        each: { file: docs.parts }
        run: wc -w < ${inputs.text} > ${outputs.o}
        inputs: { text: { each: file } }
        outputs: { o: o.txt }
      all:
        run: cat ${inputs.shouts} ${inputs.counts} > ${outputs.o}
        inputs: { shouts: "shout[*]", counts: "count[*]" }
        outputs: { o: o.txt }
    publish: { all.txt: all, "shouts/${each.doc}.txt": "shout[*]" }

    """

@Test func listsOfOtherStagesGiveInstances() throws {
    try withWorkspace(pipeline) { workspace in
        try write("[\"one\", \"two\"]", to: workspace.folder.appending("names.json"))
        let before = try workspace.sluice("status", "p.yaml")
        #expect(before.output.contains("its instances are known after docs"))
        #expect(try workspace.sluice("graph", "p.yaml").output.contains("known after docs.parts"))
        let first = try workspace.run()
        #expect(
            first.names("ran").sorted() == [
                "all", "count[file=one.txt]", "count[file=two.txt]", "docs", "shout[doc=one]",
                "shout[doc=two]",
            ])
        #expect(first.names("ran").last == "all")
        #expect(first.published.keys.sorted() == ["all.txt", "shouts/one.txt", "shouts/two.txt"])
        let published = workspace.folder.appending("artifacts/out/demo")
        #expect(try read(published.appending("all.txt")) == "ONE\nTWO\n3\n3\n")
        #expect(try workspace.run().names("cached").count == 6)
        #expect(try workspace.sluice("status", "--exit-code", "p.yaml").status == 0)

        // A file of a directory comes from the stage that made the directory.
        let lineage = try workspace.sluice("lineage", "count[file=one.txt]")
        #expect(
            lineage.output.contains("docs  (run)") && !lineage.output.contains("text: from outside"),
            "\(lineage.output)")

        // A new element runs only its instances and the stages that gather them; a removed one is no longer published.
        try write("[\"two\", \"new\"]", to: workspace.folder.appending("names.json"))
        let second = try workspace.run()
        #expect(second.names("ran") == ["docs", "shout[doc=new]", "count[file=new.txt]", "all"])
        #expect(second.names("cached").sorted() == ["count[file=two.txt]", "shout[doc=two]"])
        #expect(try FileSystem.names(in: published.appending("shouts")).sorted() == ["new.txt", "two.txt"])
    }
}

@Test func oneInstanceOfAListCanBeNamed() throws {
    try withWorkspace(pipeline) { workspace in
        try write("[\"one\", \"two\"]", to: workspace.folder.appending("names.json"))
        // Before the list is known, only all instances can be named.
        let unknown = try workspace.sluice("run", "p.yaml", "shout[doc=two]")
        #expect(unknown.status == 2 && unknown.errors.contains("shout[doc=*]"))
        #expect(
            try workspace.run("p.yaml", "shout").names("ran") == ["docs", "shout[doc=one]", "shout[doc=two]"])
        let one = try workspace.run("p.yaml", "shout[doc=two]", "--force")
        #expect(one.names("ran") == ["shout[doc=two]"])
        #expect(one.names("cached") == ["docs"])
        let why = try workspace.sluice("why", "p.yaml", "shout[doc=two]")
        #expect(why.output.contains("shout[doc=two] is up to date"))
        try workspace.run()
        let all = try workspace.sluice("cache", "get", "shout[*]", "shouts")
        #expect(all.status == 0, "\(all.errors)")
        #expect(try read(workspace.folder.appending("shouts/doc=one")) == "ONE\n")
        #expect(try workspace.sluice("cache", "get", "nothing[*]", "more").status != 0)
    }
}
