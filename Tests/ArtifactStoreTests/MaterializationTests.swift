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

/// Artifacts as files: plain copies that stages read, and copies for users.
@Suite struct MaterializationTests {
    @Test func aCopyThatGoesWhileItIsHandedOutIsMadeAgain() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["y": Array("text".utf8)])
            let digest = try #require(trace.outputs["y"]).digest
            let name = digest.hexadecimal
            let copy = fixture.folder.appending("work/objects/\(name.prefix(2))/\(name)")
            let isDone = Atomic(false)
            let remover = DispatchGroup()
            DispatchQueue.global().async(group: remover) {
                while !isDone.load(ordering: .relaxed) { try? FileSystem.removeFile(copy) }
            }
            defer {
                isDone.store(true, ordering: .relaxed)
                remover.wait()
            }
            for _ in 0..<200 { #expect(try fixture.bytes(of: digest) == Array("text".utf8)) }
        }
    }

    @Test func materializedFilesAreReadOnlyAndExportedOnesAreNot() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["y": Array("text".utf8)])
            let digest = try #require(trace.outputs["y"]).digest
            let inside = fixture.folder.appending("inside")
            let outside = fixture.folder.appending("out/deep/outside")
            try fixture.store.artifacts.materialize(digest, at: inside)
            #expect(try FileStatus(of: inside).isWritable == false)
            #expect(try FileStatus(of: inside).linkCount == 2)
            for _ in 0..<2 { try fixture.store.artifacts.export(digest, to: outside) }
            #expect(try FileStatus(of: outside).isWritable)
            #expect(try FileStatus(of: outside).linkCount == 1)
            try FileContents.write("edited", to: outside)
            #expect(try fixture.bytes(of: digest) == Array("text".utf8))
            #expect(try FileSystem.names(in: outside.parent) == ["outside"])
        }
    }

    @Test func aPlainCopyThatWasWrittenToIsMadeAgain() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["y": Array("text".utf8)])
            let digest = try #require(trace.outputs["y"]).digest
            let input = fixture.folder.appending("input")
            try fixture.store.artifacts.materialize(digest, at: input)
            // A stage that is allowed to all and writes to its input in place.
            try FileSystem.setMode(0o644, of: input)
            let file = try File(input, .appending)
            try file.write(Array(" and more".utf8))
            #expect(try read(input) == "text and more")
            #expect(try fixture.bytes(of: digest) == Array("text".utf8))
        }
    }

    @Test func anOutputThatIsWrittenToBeforeItIsDurableIsRefused() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["y": Array("text".utf8)])
            let digest = try #require(trace.outputs["y"]).digest
            let input = fixture.folder.appending("input")
            try fixture.store.artifacts.materialize(digest, at: input)
            try FileSystem.setMode(0o644, of: input)
            let file = try File(input, .appending)
            try file.write(Array(" and more".utf8))
            let run = try fixture.beginRun()
            #expect(
                storeErrorCode { try fixture.store.runs.commit([fixture.ran("s", trace)], run: run) }
                    == .invalid)
            #expect(storeErrorCode { _ = try fixture.bytes(of: digest) } == .invalid)
        }
    }
}
