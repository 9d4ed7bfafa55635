import ArtifactStore
import Dataflow
import Digests
import Dispatch
import Files
import Glibc
import SQLite
import Synchronization
import TestSupport
import Testing

@Suite struct CaptureTests {
    @Test func aTreeRoundTripsWithModesAndNames() throws {
        try withStore { fixture in
            let tree = fixture.folder.appending("attempt/model")
            try write("weights", to: tree.appending("weights.bin"))
            try write("weights", to: tree.appending("copy/weights.bin"))
            try write("#!/bin/sh", to: tree.appending("copy/run"))
            try write("", to: tree.appending("ein Name mit Ümlaut\n"))
            try FileSystem.setMode(0o755, of: tree.appending("copy/run"))
            try FileSystem.makeDirectories(tree.appending("empty"))
            // Names next to the tree that the store might want to use.
            try write("mine", to: fixture.folder.appending("attempt/model.manifest"))
            let external = try fixture.store.sources.digest(
                of: ExternalSource(path: "attempt/model", shape: .directory))
            let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
            #expect(artifact.digest == external)
            #expect(artifact.size == 23)
            #expect(try read(fixture.folder.appending("attempt/model.manifest")) == "mine")

            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("s", fixture.trace(["m": artifact]))], run: run)
            for isEvicted in [false, true] {
                if isEvicted { try fixture.evict() }
                let target = fixture.folder.appending("out-\(isEvicted)")
                try fixture.reopened().artifacts.materialize(artifact.digest, at: target)
                #expect(
                    try FileSystem.names(in: target) == [
                        "copy", "ein Name mit Ümlaut\n", "empty", "weights.bin",
                    ])
                #expect(try read(target.appending("copy/weights.bin")) == "weights")
                #expect(try FileStatus(of: target.appending("copy/run")).isExecutable)
                #expect(try FileStatus(of: target.appending("weights.bin")).isExecutable == false)
                #expect(try FileStatus(of: target.appending("empty")).kind == .directory)
            }
            let entries = try fixture.store.catalog.entries(ofTree: artifact.digest)
            #expect(
                entries.map(\.path) == [
                    "copy", "copy/run", "copy/weights.bin", "ein Name mit Ümlaut\n", "empty", "weights.bin",
                ])
            #expect(entries.map(\.kind) == [.directory, .executable, .file, .file, .directory, .file])
            #expect(entries.map(\.size) == [16, 9, 7, 0, 0, 7])
        }
    }

    /// Links within a tree, names that are not UTF-8, and executable files: external folders and outputs are alike.
    @Test func aTreeRoundTripsWithLinksAndOddNames() throws {
        try withStore { fixture in
            let tree = fixture.folder.appending("attempt/lib")
            let odd = FilePath(bytes: [0x63, 0xE9]).text
            try write("code", to: tree.appending("v1.so"))
            try write("odd", to: tree.appending("deep/" + odd))
            try FileSystem.symbolicLink(to: "v1.so", at: tree.appending("lib.so"))
            try FileSystem.symbolicLink(to: "../v1.so", at: tree.appending("deep/up"))
            try FileSystem.symbolicLink(to: "nowhere", at: tree.appending("dangling"))
            try FileSystem.symbolicLink(to: "deep", at: tree.appending("folder"))
            let external = try fixture.store.sources.digest(
                of: ExternalSource(path: "attempt/lib", shape: .directory))
            let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
            #expect(artifact.digest == external)
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("s", fixture.trace(["m": artifact]))], run: run)
            #expect(
                try fixture.store.catalog.entries(ofTree: artifact.digest).map(\.kind)
                    == [.link, .directory, .file, .link, .link, .link, .file])
            for isEvicted in [false, true] {
                if isEvicted { try fixture.evict() }
                let inside = fixture.folder.appending("in-\(isEvicted)")
                let outside = fixture.folder.appending("out-\(isEvicted)")
                try fixture.reopened().artifacts.materialize(artifact.digest, at: inside)
                try fixture.reopened().artifacts.export(artifact.digest, to: outside)
                for target in [inside, outside] {
                    #expect(try FileSystem.target(ofLink: target.appending("lib.so")) == "v1.so")
                    #expect(try FileSystem.target(ofLink: target.appending("dangling")) == "nowhere")
                    #expect(try read(target.appending("deep/up")) == "code")
                    #expect(try read(target.appending("folder/" + odd)) == "odd")
                }
            }
            #expect(try fixture.store.maintenance.verify().records == [])
        }
    }

    @Test func aLinkOutOfAForgedTreeIsNotMade() throws {
        try withStore { fixture in
            let trace = try fixture.publish("t", ["x": Array("../../../etc".utf8)])
            let target = try #require(trace.outputs["x"]).digest
            let manifest = Array("sluice tree 1\nl \(target.hexadecimal) out\0".utf8)
            // As the content of a file, whose record then claims that it is a tree.
            let forged = try #require(try fixture.publish("m", ["x": manifest]).outputs["x"]).digest
            try Connection(path: fixture.store.path.text).run(
                "UPDATE object SET shape = 'tree', size = 12 WHERE digest = ?", .blob(forged.bytes))
            try fixture.evict()
            let place = fixture.folder.appending("place")
            #expect(
                storeErrorCode { try fixture.reopened().artifacts.materialize(forged, at: place) } == .damaged
            )
            #expect(!FileSystem.exists(place.appending("out")))
        }
    }

    @Test func anExecutableFileStaysExecutable() throws {
        try withStore { fixture in
            let file = try fixture.file(Array("#!/bin/sh\n".utf8))
            try FileSystem.setMode(0o755, of: file)
            let artifact = try fixture.store.artifacts.capture(file, shape: .file)
            #expect(artifact.isExecutable)
            let plain = try fixture.store.artifacts.capture(
                try fixture.file(Array("#!/bin/sh\n".utf8)), shape: .file)
            #expect(!plain.isExecutable && plain.digest == artifact.digest)
            let run = try fixture.beginRun()
            let trace = fixture.trace(["tool": artifact, "text": plain])
            try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
            let known = try #require(try fixture.reopened().traces.trace(of: trace.key))
            #expect(known.outputs == trace.outputs)
            #expect(
                try fixture.reopened().traces.trace(of: trace.key, trace.material)?.outputs == trace.outputs)
            for isExecutable in [true, false] {
                let inside = fixture.folder.appending("in-\(isExecutable)")
                let outside = fixture.folder.appending("out-\(isExecutable)")
                try fixture.store.artifacts.materialize(
                    artifact.digest, at: inside, isExecutable: isExecutable)
                try fixture.store.artifacts.export(artifact.digest, to: outside, isExecutable: isExecutable)
                #expect(try FileStatus(of: inside).isExecutable == isExecutable)
                #expect(try FileStatus(of: outside).isExecutable == isExecutable)
            }
        }
    }

    /// The format of trees is part of keys: these digests must never change.
    @Test func theDigestOfATreeIsPinned() throws {
        try withStore { fixture in
            let tree = fixture.folder.appending("attempt/t")
            try write("a", to: tree.appending("a.txt"))
            try write("b", to: tree.appending("d/b.txt"))
            let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
            func line(_ kind: String, _ digest: Digest, _ name: String) -> String {
                "\(kind) \(digest) \(name)\u{0}"
            }
            let inner = SHA256.digest(
                of: "sluice tree 1\n" + line("f", SHA256.digest(of: "b"), "b.txt"))
            let outer = SHA256.digest(
                of: "sluice tree 1\n" + line("f", SHA256.digest(of: "a"), "a.txt") + line("d", inner, "d"))
            #expect(artifact.digest == outer)
            #expect(
                outer.hexadecimal == "9dd472e98461f38a20df0129ee09a4c271d9aa67d31844b1c8bca4655dd9099a")
        }
    }

    @Test func equalSubtreesAreStoredOnce() throws {
        try withStore { fixture in
            for part in ["x", "y"] {
                try FileSystem.makeDirectories(fixture.folder.appending("attempt/t/\(part)"))
                try FileContents.write(
                    noise(200_000), to: fixture.folder.appending("attempt/t/\(part)/data"))
            }
            let artifact = try fixture.store.artifacts.capture(
                fixture.folder.appending("attempt/t"), shape: .tree)
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("s", fixture.trace(["t": artifact]))], run: run)
            #expect(try fixture.store.catalog.usage().uniqueSize < 205_000)
            #expect(artifact.size == 400_000)
        }
    }

    enum Misfit: String, CaseIterable { case link, innerLink, socket, fileForTree, treeForFile, missing }

    @Test(arguments: Misfit.allCases)
    func contentThatCannotBeStoredGivesAClearError(misfit: Misfit) throws {
        try withStore { fixture in
            let path = fixture.folder.appending("attempt/out")
            try FileSystem.makeDirectories(path.parent)
            var shape = Artifact.Shape.tree
            let expected: String
            switch misfit {
            case .link:
                try FileSystem.symbolicLink(to: "/etc/passwd", at: path)
                expected = "the output 'out' is a symbolic link"
            case .innerLink:
                try FileSystem.makeDirectories(path)
                try FileSystem.symbolicLink(to: "../../secret", at: path.appending("inner"))
                expected = "the output has a symbolic link at"
            case .socket:
                try FileSystem.makeDirectories(path)
                #expect(mkfifo(path.appending("pipe").text, 0o666) == 0)
                expected = "neither a file nor a folder"
            case .fileForTree:
                try write("x", to: path)
                expected = "should be a directory and is not"
            case .treeForFile:
                shape = .file
                try FileSystem.makeDirectories(path)
                expected = "should be a file and is not"
            case .missing:
                expected = "No such file"
            }
            let error = #expect(throws: StoreError.self) {
                _ = try fixture.store.artifacts.capture(path, shape: shape)
            }
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
    }

    @Test func anInputLinkedToTheOutputIsCaptured() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["y": Array("same".utf8)])
            let digest = try #require(trace.outputs["y"]).digest
            let input = fixture.folder.appending("attempt/in")
            let output = fixture.folder.appending("attempt/out")
            try fixture.store.artifacts.materialize(digest, at: input)
            try FileSystem.link(input, at: output)
            #expect(try fixture.store.artifacts.capture(output, shape: .file).digest == digest)
            #expect(!FileSystem.exists(output))
            #expect(try fixture.bytes(of: digest) == Array("same".utf8))
        }
    }

    @Test func aLinkedFileOfTheUserIsUnchanged() throws {
        try withStore { fixture in
            let users = fixture.folder.appending("data/tool")
            try write("#!/bin/sh", to: users)
            try FileSystem.setMode(0o755, of: users)
            try FileSystem.setModified(1_234_567_890, of: users)
            let output = fixture.folder.appending("attempt/out")
            let tree = fixture.folder.appending("attempt/tree")
            try FileSystem.makeDirectories(tree)
            try FileSystem.link(users, at: output)
            try FileSystem.link(users, at: tree.appending("tool"))
            let before = try FileStatus(of: users)
            let file = try fixture.store.artifacts.capture(output, shape: .file)
            let folder = try fixture.store.artifacts.capture(tree, shape: .tree)
            let after = try FileStatus(of: users)
            #expect(after.inode == before.inode && after.modified == before.modified)
            #expect(after.isWritable && after.isExecutable)
            #expect(after.linkCount == 1)
            // And nothing that the user does to it later gets into the store.
            let run = try fixture.beginRun()
            try fixture.store.runs.commit(
                [fixture.ran("s", fixture.trace(["f": file, "t": folder]))], run: run)
            let target = fixture.folder.appending("target")
            try fixture.store.artifacts.export(folder.digest, to: target)
            #expect(try FileStatus(of: target.appending("tool")).isExecutable)
            #expect(try fixture.bytes(of: file.digest) == Array("#!/bin/sh".utf8))
        }
    }
}
