import Files
import FoundationEssentials
import TestSupport
import Testing

/// Files by patterns: as inputs, as values of a matrix, as code; and folders with the store in them.
struct PatternInputTests {
    private func make(_ files: [String: String], in folder: FilePath) throws {
        for (name, text) in files {
            try FileSystem.makeDirectories(folder.appending(name).parent)
            try write(text, to: folder.appending(name))
        }
    }

    @Test func matchesAreAFolder() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              all:
                run: |
                  (cd ${inputs.docs}; find . -type f | sort | xargs grep .) > ${outputs.o}
                  if (echo more >> ${inputs.docs}/a.txt) 2> /dev/null; then echo written >> ${outputs.o}; fi
                inputs: { docs: { glob: "docs/**/*.txt" } }
                outputs: { o: o.txt }
            publish: { o.txt: all }
            """
        ) { workspace in
            let files = ["docs/a.txt": "A\n", "docs/in/b.txt": "B\n", "docs/c.md": "C\n"]
            try make(files, in: workspace.folder)
            try workspace.run()
            #expect(
                try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "./a.txt:A\n./in/b.txt:B\n")
            #expect(try read(workspace.folder.appending("docs/a.txt")) == "A\n")
            try make(["docs/c.md": "other\n"], in: workspace.folder)
            #expect(try workspace.run().names("ran") == [])
            try make(["docs/d.txt": "D\n"], in: workspace.folder)
            #expect(try workspace.run().names("ran") == ["all"])
            try FileSystem.removeFile(workspace.folder.appending("docs/d.txt"))
            #expect(try workspace.run().names("ran") == [])
        }
    }

    @Test func aNewFileAddsOneInstance() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              count:
                matrix: { doc: { glob: "docs/*.txt" } }
                run: wc -c < ${inputs.text} > ${outputs.o}
                inputs: { text: { file: "${matrix.doc}" } }
                outputs: { o: o.txt }
              sum:
                run: cat ${inputs.counts} > ${outputs.o}
                inputs: { counts: "count[*]" }
                outputs: { o: o.txt }
            """
        ) { workspace in
            try make(["docs/a.txt": "A\n", "docs/b.txt": "B\n"], in: workspace.folder)
            #expect(
                try workspace.run().names("ran").sorted()
                    == ["count[doc=docs/a.txt]", "count[doc=docs/b.txt]", "sum"])
            try make(["docs/c.txt": "CC\n"], in: workspace.folder)
            #expect(try workspace.run().names("ran").sorted() == ["count[doc=docs/c.txt]", "sum"])
            try FileSystem.removeTree(workspace.folder.appending("docs"))
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("docs"), "\(outcome.errors)")
        }
    }

    @Test func aNameThatIsNotUTF8IsAValue() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              each:
                matrix: { doc: { glob: "docs/*" } }
                run: cat ${matrix.doc} ${inputs.text} > ${outputs.o}
                inputs: { text: { file: "${matrix.doc}" } }
                outputs: { o: o.txt }
              all:
                run: sort ${inputs.o} > ${outputs.o}
                inputs: { o: "each[*]" }
                outputs: { o: o.txt }
            publish: { o.txt: all }
            """
        ) { workspace in
            let folder = workspace.folder.appending("docs")
            try FileSystem.makeDirectories(folder)
            try FileContents.write("latin\n", to: folder.appending(FilePath(bytes: [0x63, 0xE9]).text))
            try FileContents.write("utf\n", to: folder.appending("cé"))
            try workspace.run()
            #expect(
                try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "latin\nlatin\nutf\nutf\n")
            let status = try workspace.sluice("status", "p.yaml").output
            #expect(status.contains("each[doc=docs/c\\xe9]"), "\(status)")
            #expect(try workspace.run().names("ran") == [])
        }
    }

    /// Workers receive paths in their arguments.
    @Test func aWorkingFolderMayHaveAnyName() throws {
        try withTemporaryFolder { folder in
            let odd = folder.appending(FilePath(bytes: [0x63, 0xE9]).text)
            try FileSystem.makeDirectories(odd)
            try FileContents.write(
                """
                pipeline: p
                stages:
                  kind: { kind: sample-comparisons, with: { rows: 10, testRows: 0, extraRows: 0 } }
                  command:
                    run: cat in.txt ${inputs.train} > ${outputs.o}
                    inputs: { train: kind.train }
                    outputs: { o: o.txt }

                """, to: odd.appending("p.yaml"))
            try FileContents.write("x\n", to: odd.appending("in.txt"))
            for file in ["p.yaml", odd.appending("p.yaml").text] {
                let outcome = try BuiltProgram(at: "/bin/sh").run(
                    [
                        "-c", "cd c* && \"$1\" run \"$2\"", "sh", BuiltProgram.sluice.path.text, file,
                    ], in: folder)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
        }
    }

    @Test func codeIsFoldersAndPatterns() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              a:
                run: cat tool/x.sh > ${outputs.o}
                code: [tool, { glob: "lib/*.sh" }]
                reads: declared
                outputs: { o: o.txt }
              b:
                run: cat lib/y.sh > ${outputs.o}
                code: [tool/x.sh, { glob: "lib/*.sh" }]
                reads: declared
                outputs: { o: o.txt }
            """
        ) { workspace in
            try make(["tool/x.sh": "X\n", "lib/y.sh": "Y\n", "lib/z.txt": "Z\n"], in: workspace.folder)
            #expect(try workspace.run().names("ran") == ["a", "b"])
            try make(["tool/new": "new\n", "lib/z.txt": "other\n"], in: workspace.folder)
            #expect(try workspace.run().names("ran") == ["a"])
            try make(["lib/new.sh": "new\n"], in: workspace.folder)
            #expect(try workspace.run().names("ran") == ["a", "b"])
        }
    }

    @Test func aFolderWithTheStoreLeavesTheStoreOut() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              all:
                run: (cd ${inputs.project}; find . -type f | sort; cp -r . "$TMPDIR/copy") > ${outputs.o}
                inputs: { project: { directory: . } }
                outputs: { o: o.txt }
            publish: { o.txt: all }
            """
        ) { workspace in
            try workspace.run()
            #expect(try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "./p.yaml\n")
            #expect(try workspace.run().names("ran") == [])
            try make(["new.txt": "x"], in: workspace.folder)
            #expect(try workspace.run().names("ran") == ["all"])
            #expect(try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "./new.txt\n./p.yaml\n")
        }
    }

    @Test func aPatternWithoutMatchesIsAnError() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              all:
                run: ls ${inputs.docs} > ${outputs.o}
                inputs: { docs: { glob: "*.csv" } }
                outputs: { o: o.txt }
            """
        ) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("no file matches '*.csv'"), "\(outcome.errors)")
            let check = try workspace.sluice("check", "p.yaml")
            #expect(check.status == 2)
            #expect(check.errors.contains("no file matches '*.csv'"), "\(check.errors)")
        }
    }
}
