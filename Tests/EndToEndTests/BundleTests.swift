import Files
import TestSupport
import Testing

/// Results on their way from one store to another, as a file.
@Suite struct BundleTests {
    private static let pipeline = """
        pipeline: demo
        stages:
          text:
            run: |
              seq 1000 > ${outputs.text}; mkdir -p ${outputs.parts}/in; cp ${outputs.text} ${outputs.parts}/in/x
              printf '#!/bin/sh\\n' > ${outputs.parts}/tool; chmod +x ${outputs.parts}/tool; mkdir ${outputs.parts}/empty
              head -c 3000000 /dev/zero > ${outputs.zeros}; cat notes.txt
            outputs: { text: text.txt, parts: parts/, zeros: zeros.bin }
          count:
            matrix: { word: [a, b] }
            run: wc -l < ${inputs.text} > ${outputs.count}; echo ${matrix.word} >> ${outputs.count}
            inputs: { text: text.text }
            outputs: { count: count.txt }
          aside: { run: "echo aside > ${outputs.o}", outputs: { o: o } }

        """

    private func withTwo(_ body: (Workspace, Workspace) throws -> Void) throws {
        try withWorkspace(Self.pipeline) { first in
            try withWorkspace(Self.pipeline) { second in
                for workspace in [first, second] {
                    try write("notes\n", to: workspace.folder.appending("notes.txt"))
                }
                try body(first, second)
            }
        }
    }

    /// Without the list, it is unknown that there is an instance.
    @Test func theListOfInstancesTravelsWithThem() throws {
        let pipeline = """
            pipeline: demo
            stages:
              words: { run: "echo words > ${outputs.o}", outputs: { o: o.txt } }
              list:
                run: "echo '[1, 2, 3]' > ${outputs.o}; cat ${inputs.w}"
                inputs: { w: words }
                outputs: { o: o.json }
              part:
                each: { n: list.o }
                run: "echo ${each.n} > ${outputs.o}"
                outputs: { o: o.txt }
              sum:
                run: "cat ${inputs.all} > ${outputs.o}"
                inputs: { all: "part[*]" }
                outputs: { o: o.txt }

            """
        try withWorkspace(pipeline) { first in
            try withWorkspace(pipeline) { second in
                try first.run()
                let file = second.folder.appending("b.sluice").text
                let exported = try first.sluice("export", "part[n=2]", "-o", file)
                #expect(
                    exported.status == 0 && exported.errors.contains("3 results of run 1"),
                    "\(exported.errors)")
                #expect(try second.sluice("import", "b.sluice").status == 0)
                #expect(
                    try second.run().names("cached").sorted() == ["list", "part[n=2]", "words"])
            }
        }
    }

    @Test func resultsAreFoundWhereTheyWereImported() throws {
        try withTwo { first, second in
            let made = try first.run()
            let file = second.folder.appending("b.sluice").text
            let exported = try first.sluice("export", "count[word=b]", "-o", file)
            #expect(
                exported.status == 0 && exported.errors.contains("2 results of run 1"), "\(exported.errors)")
            let imported = try second.sluice("import", "b.sluice")
            #expect(imported.status == 0, "\(imported.errors)")
            #expect(imported.errors.contains("2 results, of which the store lacked 2"))
            #expect(try FileSystem.names(in: second.folder.appending("artifacts/work/attempts")).isEmpty)
            // When they were made is not known there, only what they were made of.
            let events = try second.sluice("export", "openlineage").output.split(separator: "\n")
            #expect(events.count { $0.contains("#/$defs/JobEvent") } == 2 && events.count == 4)
            let found = try second.run()
            #expect(found.names("cached").sorted() == ["count[word=b]", "text"])
            #expect(found.digests == made.digests)
            #expect(try second.sluice("cache", "verify").status == 0)
            #expect(try second.sluice("logs", "text").output.contains("notes"))
            // A second time there is nothing new.
            #expect(try second.sluice("import", "b.sluice").errors.contains("lacked 0"))
            // What a command has read without declaring it counts on the other machine, too.
            try write("other\n", to: second.folder.appending("notes.txt"))
            #expect(try second.run().names("ran").contains("text"))
        }
    }

    @Test func damagedBundlesLeaveNothing() throws {
        try withTwo { first, second in
            try first.run()
            let file = second.folder.appending("b.sluice")
            #expect(try first.sluice("export", "-o", file.text).errors.contains("4 results"))
            let sound = try FileContents.read(file)
            var state: UInt64 = 7
            for _ in 0..<12 {
                var bytes = sound
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let start = Int(state >> 33) % (bytes.count - 4096)
                for index in start..<start + 400 { bytes[index] ^= 0x55 }
                try FileContents.write(bytes, to: file)
                let outcome = try second.sluice("import", "b.sluice")
                // What could be read was right; anything else is refused.
                #expect(outcome.status == 0 || !outcome.errors.isEmpty)
                #expect(try second.sluice("cache", "verify").status == 0)
            }
            for other in ["", "no bundle"] {
                try write(other, to: file)
                let outcome = try second.sluice("import", "b.sluice")
                #expect(outcome.status == 2, "\(outcome.errors)")
            }
        }
    }

    @Test func mistakesAreTold() throws {
        try withTwo { first, _ in
            #expect(try first.sluice("export", "-o", "b.sluice").status == 2)
            try first.run()
            let unknown = try first.sluice("export", "cuont", "-o", "b.sluice")
            #expect(unknown.status == 2)
            #expect(unknown.errors.contains("run 1 has no stage 'cuont'; did you mean 'count'?"))
            // Words mean stages as they do for `sluice run`.
            for (words, message) in [
                (
                    ["count[word=z]"],
                    "no stage 'count[word=z]'; its instances are count[word=a], count[word=b]"
                ),
                (["xyzzy"], "no stage 'xyzzy'; the stages are"), (["tag:slow"], "runs do not record tags"),
                (["count[*]"], "3 results"), (["c*", "count"], "3 results"), (["*side"], "1 result "),
                (["text"], "1 result "), (["text+"], "3 results"), (["+aside"], "1 result "),
            ] {
                let outcome = try BuiltProgram.sluice.run(
                    ["export"] + words + ["-o", "words.sluice"], in: first.folder)
                #expect(outcome.errors.contains(message), "\(words): \(outcome.errors)")
                try? FileSystem.removeTree(first.folder.appending("words.sluice"))
            }
            #expect(try first.sluice("export", "count").errors.contains("-o results.sluice"))
            #expect(try first.sluice("export", "-o", "p.yaml").errors.contains("exists"))
            #expect(try first.sluice("import", "nothing").errors.contains("there is no file"))
        }
    }
}
