import Files
import FoundationEssentials
import TestSupport
import Testing

/// Outputs that need not be written; stages that always run, and that never do; results that are accepted.
struct RenewalTests {
    private static let optional = """
        pipeline: p
        parameters: { plot: true }
        stages:
          make:
            run: |
              echo done > ${outputs.text}
              if ${plot}; then echo picture > ${outputs.plot}; fi
            outputs: { text: text.txt, plot: { file: plot.svg, optional: true } }
          use:
            run: if [ -n ${inputs.plot} ]; then cat ${inputs.plot}; else echo none; fi > ${outputs.o}
            inputs: { plot: make.plot }
            outputs: { o: o.txt }
          gather:
            run: cat ${inputs.all} > ${outputs.o}
            inputs: { all: [make.text, make.plot] }
            outputs: { o: o.txt }
        publish: { plot.svg: make.plot, use.txt: use, all.txt: gather }
        """

    @Test func anOptionalOutputNeedNotBeWritten() throws {
        try withWorkspace(Self.optional) { workspace in
            let out = workspace.folder.appending("artifacts/out/p")
            try workspace.run()
            #expect(try read(out.appending("use.txt")) == "picture\n")
            #expect(try read(out.appending("plot.svg")) == "picture\n")
            #expect(try read(out.appending("all.txt")) == "done\npicture\n")
            #expect(
                try workspace.run("p.yaml", "--set", "plot=false").names("ran").sorted() == [
                    "gather", "make", "use",
                ])
            #expect(try read(out.appending("use.txt")) == "none\n")
            #expect(try read(out.appending("all.txt")) == "done\n")
            #expect(!FileSystem.exists(out.appending("plot.svg")))
            #expect(try workspace.run("p.yaml", "--set", "plot=false").names("ran") == [])
            #expect(try workspace.run().names("ran") == [])
            #expect(try read(out.appending("plot.svg")) == "picture\n")
        }
    }

    @Test func alwaysRunsInEveryRunAndSaysWhy() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              clock:
                run: echo tick >> "$PWD/marks/clock"; echo same > ${outputs.o}
                always: true
                allow: { write: [marks] }
                outputs: { o: o.txt }
              after:
                run: cat ${inputs.o} > ${outputs.o}
                inputs: { o: clock }
                outputs: { o: o.txt }
            """
        ) { workspace in
            try workspace.run()
            let again = try workspace.run()
            #expect(again.dispositions == ["clock": "ran", "after": "cached"])
            #expect(try workspace.lines(of: "marks/clock").count == 2)
            #expect(try workspace.sluice("status", "p.yaml").output.contains("always: true"))
            #expect(try workspace.sluice("why", "p.yaml", "clock").output.contains("runs in every run"))
            #expect(try workspace.run("p.yaml", "after", "--only").dispositions["after"] == "cached")
        }
    }

    @Test func aFrozenStageKeepsItsResult() throws {
        let text = """
            pipeline: p
            stages:
              model:
                run: cat data.txt > ${outputs.o}
                frozen: true
                outputs: { o: o.txt }
            publish: { o.txt: model }
            """
        try withWorkspace(text) { workspace in
            try write("first\n", to: workspace.folder.appending("data.txt"))
            #expect(try workspace.run().names("ran") == ["model"])
            try write("second\n", to: workspace.folder.appending("data.txt"))
            #expect(try workspace.run().names("ran") == [])
            try workspace.write(text.replacing("cat data", with: "cat ./data"))
            #expect(try workspace.run().names("ran") == [])
            #expect(try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "first\n")
            let why = try workspace.sluice("why", "p.yaml", "model").output
            #expect(why.contains("frozen") && why.contains("command has changed"), "\(why)")
            #expect(
                try workspace.sluice("status", "p.yaml").output.contains("frozen, otherwise: command changed")
            )
            #expect(try workspace.run("p.yaml", "model", "--force").names("ran") == ["model"])
            #expect(try read(workspace.folder.appending("artifacts/out/p/o.txt")) == "second\n")
        }
    }

    @Test func aResultIsAccepted() throws {
        let text = """
            pipeline: p
            stages:
              model:
                run: cat script.txt > ${outputs.o}
                outputs: { o: o.txt }
              after:
                run: cat ${inputs.o} > ${outputs.o}
                inputs: { o: model }
                outputs: { o: o.txt }
            """
        try withWorkspace(text) { workspace in
            try write("first\n", to: workspace.folder.appending("script.txt"))
            let early = try workspace.sluice("accept", "p.yaml", "model")
            #expect(early.status == 1 && early.errors.contains("no result"), "\(early.errors)")
            try workspace.run()
            #expect(try workspace.sluice("accept", "p.yaml", "model").errors.contains("nothing to accept"))
            try write("a comment\n", to: workspace.folder.appending("script.txt"))
            try workspace.write(text.replacing("cat script", with: "cat ./script"))
            let pending = try workspace.sluice("accept", "p.yaml", "after")
            #expect(pending.status == 1 && pending.errors.contains("model"), "\(pending.errors)")
            let accepted = try workspace.sluice("accept", "p.yaml", "model")
            #expect(accepted.status == 0, "\(accepted.errors)")
            #expect(try workspace.run().names("ran") == [])
            let why = try workspace.sluice("why", "p.yaml", "model").output
            #expect(why.contains("accepted with `sluice accept`"), "\(why)")
            #expect(try workspace.sluice("cache", "show", "model").output.contains("accepted with"))
            #expect(try workspace.sluice("status", "p.yaml").output.contains("accepted"))
            // What it reads still counts.
            try write("another\n", to: workspace.folder.appending("script.txt"))
            #expect(try workspace.run().names("ran").contains("model"))
        }
    }

    @Test func mistakesAreSaid() throws {
        try withWorkspace(
            """
            pipeline: p
            stages:
              a:
                run: echo x > ${outputs.o}
                always: true
                frozen: true
                secrets: [TOKEN]
                environment: [TOKEN]
                outputs: { o: { file: o.txt, optinal: true } }
            """
        ) { workspace in
            let errors = try workspace.sluice("check", "p.yaml").errors
            #expect(errors.contains("both always: and frozen:"), "\(errors)")
            #expect(errors.contains("also under environment:"), "\(errors)")
            #expect(errors.contains("unknown key 'optinal'"), "\(errors)")
        }
    }
}
