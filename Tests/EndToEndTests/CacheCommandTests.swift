import Files
import FoundationEssentials
import TestSupport
import Testing

private let pipeline = """
    pipeline: looks
    parameters: { marker: findme-marker }
    stages:
      text: { run: "echo ${marker} > ${outputs.x}", outputs: { x: x.txt } }
      json: { run: "echo '{\\"a\\":[1,2],\\"b\\":{}}' > ${outputs.x}", outputs: { x: x.json } }
      tree:
        run: mkdir -p ${outputs.t}/inner; cat ${inputs.x} > ${outputs.t}/inner/copy.txt; touch ${outputs.t}/empty
        inputs: { x: text.x }
        outputs: { t: t/ }
    """

@Test func artifactsCanBeInspected() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        #expect(try workspace.sluice("cache", "cat", "text").output == "findme-marker\n")
        #expect(try workspace.sluice("cache", "show", "text").output.hasSuffix("\n\nfindme-marker\n"))
        #expect(
            try workspace.sluice("cache", "show", "json").output.hasSuffix(
                "{\n  \"a\": [1, 2],\n  \"b\": {}\n}\n"))
        let tree = try workspace.sluice("cache", "show", "tree").output
        for name in ["inner/ ", "inner/copy.txt ", "empty "] { #expect(tree.contains(name)) }
        #expect(try workspace.sluice("cache", "cat", "tree.t", "inner/copy.txt").output == "findme-marker\n")
        #expect(try workspace.sluice("cache", "cat", "tree").status == 2)
        #expect(try workspace.sluice("cache", "get", "tree", "there").status == 0)
        #expect(try read(workspace.folder.appending("there/inner/copy.txt")) == "findme-marker\n")
        #expect(try workspace.sluice("cache", "get", "tree", "there").status == 2)
        let digest = try #require(try workspace.run().digests["text"]?["x"])
        #expect(try workspace.sluice("cache", "cat", String(digest.prefix(10))).output == "findme-marker\n")
        #expect(try workspace.sluice("cache", "cat", "nosuch").status == 2)
    }
}

/// Only what differs is written; other files stay.
@Test func filesAreUpdatedInPlace() throws {
    let pipeline = """
        pipeline: updates
        parameters: { version: 1 }
        stages:
          one: { run: "echo ${version} > ${outputs.x}", outputs: { x: x.txt } }
          tree:
            run: |
              mkdir -p ${outputs.t}/a/b; cd ${outputs.t}; seq 50 > a/same; echo ${version} > a/b/changes; ln -s same a/link
              printf '#!/bin/sh\\n' > tool; [ ${version} = 1 ] && echo old > a/gone || echo new > a/come; chmod +x tool
            outputs: { t: t/ }

        """
    try withWorkspace(pipeline) { workspace in
        func inode(_ path: String) throws -> UInt64 {
            try FileStatus(of: workspace.folder.appending(path), followsLinks: false).inode
        }
        try workspace.run()
        #expect(try workspace.sluice("cache", "get", "tree", "out", "--update").status == 0)
        let before = try ["a/same", "tool", "a/link", "a/b/changes"].map { try inode("out/" + $0) }
        try workspace.run("p.yaml", "--set", "version=2")
        let updated = try workspace.sluice("cache", "get", "tree", "out", "--update")
        #expect(updated.status == 0, "\(updated.errors)")
        #expect(updated.errors.contains("; 2 files written, 3 unchanged"), "\(updated.errors)")
        #expect(updated.errors.contains("and kept: 1 (out/a/gone)"), "\(updated.errors)")
        let after = try ["a/same", "tool", "a/link", "a/b/changes"].map { try inode("out/" + $0) }
        #expect(after.prefix(3) == before.prefix(3) && after[3] != before[3])
        #expect(try read(workspace.folder.appending("out/a/b/changes")) == "2\n")
        #expect(try read(workspace.folder.appending("out/a/come")) == "new\n")
        #expect(try read(workspace.folder.appending("out/a/gone")) == "old\n")
        // What was edited, also if its size is the same, is put right; a link to elsewhere is replaced, not followed.
        let same = workspace.folder.appending("out/a/same")
        let sound = try read(same)
        try write(String(repeating: "x", count: sound.utf8.count), to: same)
        try write("mine", to: workspace.folder.appending("mine"))
        try FileSystem.removeFile(workspace.folder.appending("out/a/come"))
        try FileSystem.symbolicLink(to: "../../mine", at: workspace.folder.appending("out/a/come"))
        try FileSystem.setMode(0o644, of: workspace.folder.appending("out/tool"))
        let mended = try workspace.sluice("cache", "get", "tree", "out", "--update")
        #expect(mended.errors.contains("; 2 files written, 3 unchanged"), "\(mended.errors)")
        #expect(try read(same) == sound)
        #expect(try read(workspace.folder.appending("mine")) == "mine")
        #expect(try FileStatus(of: workspace.folder.appending("out/tool")).isExecutable)
        // A folder that is a link is not entered, and a folder in a file's place is not removed.
        try FileSystem.rename(workspace.folder.appending("out/a"), to: workspace.folder.appending("moved"))
        try FileSystem.symbolicLink(to: "../moved", at: workspace.folder.appending("out/a"))
        let refused = try workspace.sluice("cache", "get", "tree", "out", "--update")
        #expect(refused.status == 2 && refused.errors.contains("remove it first"), "\(refused.errors)")
        try FileSystem.makeDirectories(workspace.folder.appending("one/inner"))
        #expect(try workspace.sluice("cache", "get", "one", "one", "--update").status == 2)
        try write("other", to: workspace.folder.appending("one.txt"))
        #expect(try workspace.sluice("cache", "get", "one", "one.txt").status == 2)
        #expect(try workspace.sluice("cache", "get", "one", "one.txt", "--update").status == 0)
        #expect(try read(workspace.folder.appending("one.txt")) == "2\n")
        // Nothing unfinished is left.
        #expect(
            try FileSystem.names(in: workspace.folder.appending("out")).sorted() == ["a", "tool"])
    }
}

@Test func theListIsAlsoJSON() throws {
    struct Record: Decodable {
        struct Producer: Decodable {
            let kind: String
            let output: String
            let stages: [String]
        }
        let digest: String
        let shape: String
        let size: Int
        let pins: [String]
        let producers: [Producer]
    }
    try withWorkspace(pipeline) { workspace in
        #expect(try workspace.sluice("cache", "ls", "--json").output == "[]\n")
        _ = try workspace.run()
        #expect(try workspace.sluice("cache", "pin", "json", "--name", "best").status == 0)
        let output = try workspace.sluice("cache", "ls", "--json").output
        let records = try JSONDecoder().decode([Record].self, from: Data(output.utf8))
        #expect(records.count == 3)
        let pinned = try #require(records.first { $0.pins == ["best"] })
        #expect(pinned.producers.map(\.stages) == [["looks:json"]])
        #expect(records.filter { $0.shape == "tree" }.map { $0.producers[0].output } == ["t"])
        #expect(try workspace.sluice("cache", "ls").output.contains("looks:text.x"))
        #expect(try workspace.sluice("cache", "unpin", "best").status == 0)
    }
}

@Test func collectingFreesOnlyWhatMayGo() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run("p.yaml", "--set", "marker=old")
        _ = try workspace.run()
        let shown = try workspace.sluice("cache", "gc", "--keep-runs", "1")
        #expect(shown.output.contains("Would free") && shown.output.contains("Pass --yes"))
        #expect(try workspace.run("p.yaml", "--set", "marker=old").names("ran").isEmpty)
        _ = try workspace.run()
        #expect(try workspace.sluice("cache", "gc", "--keep-runs", "1", "--yes").output.contains("Freed"))
        #expect(try workspace.run().names("ran").isEmpty)
        #expect(try workspace.run("p.yaml", "--set", "marker=old").names("ran") == ["text", "tree"])
        #expect(try workspace.sluice("cache", "verify").status == 0)
    }
}

@Test func aFlippedBitIsFoundAndRepaired() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        let path = workspace.folder.appending("artifacts/store.sqlite")
        var bytes = try FileContents.read(path)
        let marker = Array("findme-marker\n".utf8)
        var flipped = 0
        for start in 0..<(bytes.count - marker.count)
        where bytes[start..<(start + marker.count)] == marker[...] {
            bytes[start + 3] ^= 1
            flipped += 1
        }
        #expect(flipped == 1)
        try Data(bytes).write(to: URL(filePath: path.text))
        let found = try workspace.sluice("cache", "verify")
        #expect(found.status == 3)
        #expect(found.output.contains("looks:text.x") && found.output.contains("looks:tree.t"))
        #expect(try workspace.run().dispositions["text"] == "ran")
        #expect(try workspace.sluice("cache", "verify").status == 0)
        #expect(try workspace.sluice("cache", "cat", "text").output == "findme-marker\n")
    }
}

@Test func whySaysWhatChanged() throws {
    let text = """
        pipeline: reasons
        parameters: { rows: 40 }
        stages:
          sample: { kind: sample-comparisons, with: { rows: "${rows}", extraRows: 0, testRows: 0 } }
          count:
            run: wc -c < ${inputs.rows} > ${outputs.n}
            inputs: { rows: sample.train }
            outputs: { n: n.txt }
            environment: [LEVEL]
        """
    try withWorkspace(text) { workspace in
        #expect(try workspace.sluice("why", "p.yaml", "count").output.hasPrefix("count may run"))
        _ = try workspace.run()
        let idle = try workspace.sluice("why", "count").output
        #expect(idle.hasPrefix("count is up to date"))
        #expect(idle.contains("It last ran in run 1, because:\n  No earlier result"))
        let edited = try workspace.sluice("why", "sample", "--set", "rows=41").output
        #expect(edited.contains("sample will run:\n  The parameter 'rows' was 40 and is now 41."))
        let pending = try workspace.sluice("why", "count", "--set", "rows=41").output
        #expect(pending.contains("sample will run: parameter rows: 40 → 41"))
        let environment = try BuiltProgram.sluice.run(
            ["why", "count"], in: workspace.folder, environment: ["LEVEL": "3"])
        #expect(environment.output.contains("The environment variable LEVEL was unset and is now '3'."))
        let status = try workspace.sluice("status", "--set", "rows=41", "--json").output
        #expect(status.contains(#"{"from":40,"name":"rows","reason":"parametersChanged","to":41}"#))
    }
}
