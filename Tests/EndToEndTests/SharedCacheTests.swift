import Digests
import Files
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Results shared through a folder, between two working folders of different paths with a store each.
@Suite struct SharedCacheTests {
    static let pipeline = """
        pipeline: demo
        caches: [{ url: "file://CACHE", push: true }]
        stages:
          text:
            run: |
              seq 1000 > ${outputs.text}; mkdir -p ${outputs.parts}/in; cp ${outputs.text} ${outputs.parts}/in/x
              printf '#!/bin/sh\\n' > ${outputs.parts}/tool; chmod +x ${outputs.parts}/tool; mkdir ${outputs.parts}/empty
              ln -s in/x ${outputs.parts}/link; cat notes.txt; : > ${outputs.nothing}
              seq 2500000 > ${outputs.noise}
            outputs: { text: text.txt, parts: parts/, noise: noise.bin, nothing: nothing.txt }
          count:
            matrix: { word: [a, b] }
            run: wc -l < ${inputs.text} > ${outputs.count}; echo ${matrix.word} >> ${outputs.count}
            inputs: { text: text.text }
            outputs: { count: count.txt }
          size:
            run: wc -c < ${inputs.noise} > ${outputs.o}; (cd ${inputs.parts}; ls -R) >> ${outputs.o}
            inputs: { noise: text.noise, parts: text.parts }
            outputs: { o: o.txt }

        """

    /// Two machines, and the folder that they share.
    static func withTwo(
        _ pipeline: String = pipeline, _ body: (Workspace, Workspace, _ cache: FilePath) throws -> Void
    ) throws {
        try withTemporaryFolder { shared in
            let cache = shared.appending("cache")
            try withWorkspace { first in
                try withWorkspace { outer in
                    // Another depth, too.
                    let second = Workspace(folder: outer.folder.appending("a/b"))
                    try FileSystem.makeDirectories(second.folder)
                    for workspace in [first, second] {
                        try workspace.write(pipeline.replacing("CACHE", with: cache.text))
                        try TestSupport.write("notes\n", to: workspace.folder.appending("notes.txt"))
                    }
                    try body(first, second, cache)
                }
            }
        }
    }

    /// The files below a folder.
    static func files(in folder: FilePath) throws -> [FilePath] {
        var found: [FilePath] = []
        var waiting = [folder]
        while let path = waiting.popLast() {
            for name in try FileSystem.names(in: path) {
                let inner = path.appending(name)
                if try FileStatus(of: inner).kind == .directory {
                    waiting.append(inner)
                } else {
                    found.append(inner)
                }
            }
        }
        return found.sorted()
    }

    static func bytes(in folder: FilePath) throws -> Int {
        try files(in: folder).reduce(0) { $0 + (try FileStatus(of: $1).size) }
    }

    @Test func whatOneMachineMadeTheOtherFinds() throws {
        try Self.withTwo { first, second, cache in
            let made = try first.run()
            #expect(made.names("ran").count == 4)
            #expect(FileSystem.exists(cache.appending("format")))
            let outcome = try second.sluice("run", "p.yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("4 results came from file://\(cache)"), "\(outcome.errors)")
            let found = try second.run()
            #expect(found.names("cached").count == 4)
            #expect(found.digests == made.digests)
            #expect(try second.sluice("cache", "verify").status == 0)
            #expect(try second.sluice("logs", "text").output.contains("notes"))
            try second.sluice("cache", "get", "text.parts", "out")
            #expect(try read(second.folder.appending("out/link")).contains("1000"))
            #expect(try FileStatus(of: second.folder.appending("out/tool")).isExecutable)
            // What a command has read without declaring it counts on the other machine, too.
            try TestSupport.write("other\n", to: second.folder.appending("notes.txt"))
            #expect(try second.run().names("ran").contains("text"))
            // And what was made there is found here.
            try TestSupport.write("other\n", to: first.folder.appending("notes.txt"))
            #expect(try first.run().names("ran") == [])
            #expect(try first.sluice("remote", "verify").status == 0)
        }
    }

    @Test func aSmallEditTravelsAsASmallEdit() throws {
        let pipeline = """
            pipeline: demo
            caches: [{ url: "file://CACHE", push: true }]
            stages:
              copy:
                run: cp big.bin ${outputs.big}; mkdir -p ${outputs.many}; cp many/* ${outputs.many}
                outputs: { big: big.bin, many: many/ }

            """
        try Self.withTwo(pipeline) { first, second, cache in
            var big = noise(8 << 20)
            let many = (0..<400).map { noise(10_000, seed: UInt64($0 + 2)) }
            for workspace in [first, second] {
                try FileContents.write(big, to: workspace.folder.appending("big.bin"))
                try FileSystem.makeDirectory(workspace.folder.appending("many"))
                for (index, bytes) in many.enumerated() {
                    try FileContents.write(bytes, to: workspace.folder.appending("many/\(index)"))
                }
            }
            try first.run()
            #expect(try second.run().names("cached") == ["copy"])
            let before = try Self.bytes(in: cache)
            // 1 % of each.
            let edit = noise(80_000, seed: 1000)
            big.replaceSubrange(4 << 20..<(4 << 20) + edit.count, with: edit)
            try FileContents.write(big, to: second.folder.appending("big.bin"))
            for index in 0..<4 {
                try FileContents.write(
                    noise(10_000, seed: UInt64(2000 + index)),
                    to: second.folder.appending("many/\(index * 100)"))
            }
            #expect(try second.run().names("ran") == ["copy"])
            let sent = try Self.bytes(in: cache) - before
            // The chunks that the edit touches, of up to 256 KiB, and what lists them; all is 12 MB.
            #expect(sent > 120_000 && sent < 1_000_000, "\(sent) bytes for an edit of 120,000")
        }
    }

    @Test func withoutTheSharedFolderARunContinues() throws {
        try Self.withTwo { first, _, cache in
            let text = Self.pipeline.replacing("CACHE", with: cache.text + "/no/such/folder")
            try first.write(text)
            let outcome = try first.sluice("run", "p.yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("there is no folder"), "\(outcome.errors)")
            #expect(!FileSystem.exists(cache))
            // A file in place of a cache stays unchanged.
            try FileSystem.makeDirectories(cache)
            try TestSupport.write("mine", to: cache.appending("format"))
            try first.write(Self.pipeline.replacing("CACHE", with: cache.text))
            let other = try first.sluice("run", "p.yaml")
            #expect(
                other.status == 0 && other.errors.contains("is not a cache of this version"),
                "\(other.errors)")
            #expect(try Self.files(in: cache).count == 1)
            let offline = try first.sluice("run", "p.yaml", "--offline")
            #expect(!offline.errors.contains("cache of this version"), "\(offline.errors)")
        }
    }

    @Test func pushAndPullByHand() throws {
        try Self.withTwo { first, second, cache in
            for workspace in [first, second] {
                try workspace.write(
                    Self.pipeline.replacing("caches: [{ url: \"file://CACHE\", push: true }]\n", with: ""))
            }
            let made = try first.run()
            #expect(try first.sluice("push").status == 2)
            #expect(
                try first.sluice("remote", "add", "team", "file://\(cache)", "--push", "always").status == 0)
            #expect(try first.sluice("remote", "list").output.contains("team"))
            let pushed = try first.sluice("push", "count[word=b]")
            #expect(pushed.status == 0 && pushed.errors.contains("uploaded 2 results"), "\(pushed.errors)")
            #expect(try first.sluice("push").errors.contains("uploaded 2 results"))
            #expect(try first.sluice("push").errors.contains("has 4 results of run 1 already"))
            #expect(try first.sluice("remote", "ls", "team").output.contains("demo:count[word=b]"))

            let pulled = try second.sluice("pull", "p.yaml", "count[word=a]", "--from", "file://\(cache)")
            #expect(pulled.status == 0 && pulled.errors.contains("pulled 2 results"), "\(pulled.errors)")
            let found = try second.run()
            #expect(found.names("ran").sorted() == ["count[word=b]", "size"])
            #expect(found.digests == made.digests)
            let unknown = try second.sluice("pull", "p.yaml", "--from", "taem")
            #expect(unknown.status == 2 && unknown.errors.contains("there is no shared cache 'taem'"))
            #expect(try first.sluice("remote", "remove", "team").status == 0)
            #expect(try first.sluice("remote", "list").output == "")
        }
    }

    /// Which instances there are is known only once their list has come.
    @Test func whatIsKnownAfterAListIsPulled() throws {
        let pipeline = """
            pipeline: demo
            caches: [{ url: "file://CACHE", push: true }]
            stages:
              list: { run: "echo '[1, 2, 3]' > ${outputs.o}", outputs: { o: o.json } }
              part:
                each: { n: list.o }
                run: "echo ${each.n} > ${outputs.o}"
                outputs: { o: o.txt }
              sum:
                run: "cat ${inputs.all} > ${outputs.o}"
                inputs: { all: "part[*]" }
                outputs: { o: o.txt }

            """
        try Self.withTwo(pipeline) { first, second, _ in
            let made = try first.run()
            #expect(made.names("ran").count == 5)
            let pulled = try second.sluice("pull", "p.yaml")
            #expect(pulled.status == 0, "\(pulled.errors)")
            #expect(pulled.errors.contains("pulled 5 results"), "\(pulled.errors)")
            #expect(pulled.errors.contains("the store has all 5"), "\(pulled.errors)")
            let found = try second.run("p.yaml", "--offline")
            #expect(found.names("cached").count == 5 && found.digests == made.digests)
        }
    }

    /// A plan says what a run would fetch, without fetching it.
    @Test func plansSayWhatACacheHas() throws {
        try Self.withTwo { first, second, cache in
            let made = try first.run()
            let status = try second.sluice("status", "p.yaml")
            #expect(
                status.status == 0 && status.output.contains("demo: 4 in a shared cache"), "\(status.output)")
            #expect(status.output.contains("in cache    text"), "\(status.output)")
            #expect(status.output.contains("file://\(cache)"), "\(status.output)")
            for command in [["status", "p.yaml"], ["run", "-n", "p.yaml"]] {
                let stages = try json(
                    try BuiltProgram.sluice.run(command + ["--json"], in: second.folder))["stages"].list
                #expect(stages.count == 4)
                for stage in stages {
                    #expect(stage["state"].text == "inCache")
                    #expect(stage["cache"].text == "file://\(cache)")
                    #expect(stage["outputs"].members.mapValues(\.text) == made.digests[stage["name"].text])
                }
            }
            let why = try second.sluice("why", "p.yaml", "size")
            #expect(why.output.contains("size will be fetched: the shared cache file://"), "\(why.output)")
            #expect(try second.sluice("status", "p.yaml", "--exit-code").status == 1)
            // Nothing was fetched, and with `--offline` nothing is asked.
            #expect(try second.sluice("cache", "ls").output.contains("text") == false)
            for command in [["status", "p.yaml"], ["run", "-n", "p.yaml"]] {
                let offline = try BuiltProgram.sluice.run(command + ["--offline"], in: second.folder)
                #expect(offline.output.contains("demo: 1 will run, 3 may run"), "\(offline.output)")
            }
            #expect(
                try second.sluice("why", "p.yaml", "text", "--offline").output.contains("text will run"))
            // A name says more than an address; what a command reads here decides.
            #expect(try second.sluice("remote", "add", "team", "file://\(cache)").status == 0)
            #expect(
                try second.sluice("status", "p.yaml").output.contains(" team\n"))
            try TestSupport.write("other\n", to: second.folder.appending("notes.txt"))
            #expect(
                try second.sluice("status", "p.yaml").output.contains("demo: 1 will run, 3 may run"))
        }
    }

    /// What this machine cannot run, another may have run.
    @Test func whatCannotRunHereIsFetched() throws {
        let pipeline = """
            pipeline: demo
            caches: [{ url: "file://CACHE", push: true }]
            stages:
              model:
                run: "echo model > ${outputs.o}"
                outputs: { o: o.txt }
                resources: { licenses: 1 }

            """
        try Self.withTwo(pipeline) { first, second, _ in
            try first.run("p.yaml", "--resource", "licenses=1")
            #expect(try second.sluice("run", "p.yaml", "--offline").status == 2)
            #expect(try second.run().names("cached") == ["model"])
        }
    }

    @Test func onlyTheMainBranchUploads() throws {
        try Self.withTwo(Self.pipeline.replacing("push: true", with: "push: main-only")) { first, _, cache in
            try first.run()
            #expect(!FileSystem.exists(cache), "without a branch, it is not the main branch")
            let git = first.folder.appending(".git")
            try FileSystem.makeDirectory(git)
            try TestSupport.write("ref: refs/heads/try\n", to: git.appending("HEAD"))
            try first.run()
            #expect(!FileSystem.exists(cache))
            try FileSystem.makeDirectories(git.appending("refs/remotes/origin"))
            try TestSupport.write(
                "ref: refs/remotes/origin/try\n", to: git.appending("refs/remotes/origin/HEAD"))
            try first.run("p.yaml", environment: ["SLUICE_BRANCH": "feature"])
            #expect(!FileSystem.exists(cache))
            try first.run()
            #expect(FileSystem.exists(cache), "it is what origin calls its default branch")
        }
    }
}
