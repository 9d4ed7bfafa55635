import ArtifactStore
import Dataflow
import Digests
import Files
import Glibc
import TestSupport
import Testing

/// What power failures, backups, failing disks and people do to plain copies must not reach a stage or a user.
@Suite struct PlainCopyTests {
    enum Ruin: String, CaseIterable { case emptied, cutShort, zeros, flipped, link, folder, gone }

    /// Where the plain copy of an artifact is.
    private func copy(of digest: Digest, in fixture: StoreFixture) -> FilePath {
        let name = digest.hexadecimal
        return fixture.folder.appending("work/objects/\(name.prefix(2))/\(name)")
    }

    /// Changes a plain copy so that its time and mode tell nothing.
    private func ruin(_ path: FilePath, _ ruin: Ruin) throws {
        var bytes = try FileContents.read(path)
        try FileSystem.removeFile(path)
        switch ruin {
        case .emptied: bytes = []
        case .cutShort: bytes.removeLast(bytes.count / 2 + 1)
        case .zeros: bytes = [UInt8](repeating: 0, count: bytes.count)
        case .flipped: bytes[bytes.count / 2] ^= 1
        case .link:
            try FileContents.write(bytes, to: path.parent.appending("elsewhere"))
            return try FileSystem.symbolicLink(to: "elsewhere", at: path)
        case .folder: return try FileSystem.makeDirectory(path)
        case .gone: return
        }
        let file = try File(path, .creating)
        try file.write(bytes)
        try FileSystem.setMode(0o444, of: path)
        try FileSystem.setModified(946_684_800, of: path)
    }

    @Test(arguments: Ruin.allCases) func aCopyThatIsNotTheArtifactIsMadeAgain(kind: Ruin) throws {
        try withStore { fixture in
            let small = Array("some rows\n".utf8)
            let trace = try fixture.publish("a", ["small": small, "large": noise(9_000_000)])
            let folder = fixture.folder.appending("attempt/tree")
            try FileSystem.makeDirectories(folder.appending("inner"))
            try FileContents.write("one", to: folder.appending("one"))
            try FileContents.write("two", to: folder.appending("inner/two"))
            let tree = try fixture.store.artifacts.capture(folder, shape: .tree)
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([fixture.ran("t", fixture.trace(["t": tree]))], run: run)

            let objects = fixture.folder.appending("work/objects")
            for group in try FileSystem.names(in: objects) {
                for name in try FileSystem.names(in: objects.appending(group)) {
                    try ruin(objects.appending(group).appending(name), kind)
                }
            }
            for store in [try fixture.reopened(), fixture.store] {
                for (name, bytes) in ["small": small, "large": noise(9_000_000)] {
                    let digest = try #require(trace.outputs[name]).digest
                    #expect(try fixture.bytes(of: digest, from: store) == bytes)
                }
                let target = fixture.folder.appending("materialized")
                try store.artifacts.materialize(tree.digest, at: target)
                #expect(try read(target.appending("one")) == "one")
                #expect(try read(target.appending("inner/two")) == "two")
                try FileSystem.removeTree(target)
                try store.artifacts.export(tree.digest, to: target)
                #expect(try read(target.appending("inner/two")) == "two")
                try FileSystem.removeTree(target)
            }
            #expect(try fixture.reopened().maintenance.verify().isSound)
        }
    }

    @Test func verifyingDropsCopiesThatAreWrongAndNoOthers() throws {
        try withStore { fixture in
            let trace = try fixture.publish("a", ["x": Array("x".utf8), "y": Array("y".utf8)])
            let x = try #require(trace.outputs["x"]).digest
            let y = try #require(trace.outputs["y"]).digest
            try ruin(copy(of: x, in: fixture), .zeros)
            let report = try fixture.reopened().maintenance.verify()
            #expect(report.isSound)
            #expect(report.droppedCopies == 1)
            #expect(!FileSystem.exists(copy(of: x, in: fixture)))
            #expect(FileSystem.exists(copy(of: y, in: fixture)))
            #expect(try fixture.reopened().maintenance.verify().droppedCopies == 0)
        }
    }

    @Test func aCaptureThatDisappearsBeforeItIsDurableIsRejected() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["y": Array("text".utf8)])
            let digest = try #require(trace.outputs["y"]).digest
            try ruin(copy(of: digest, in: fixture), .cutShort)
            #expect(storeErrorCode { _ = try fixture.bytes(of: digest) } == .invalid)
            let run = try fixture.beginRun()
            #expect(
                storeErrorCode { try fixture.store.runs.commit([fixture.ran("s", trace)], run: run) }
                    == .invalid)
            #expect(try fixture.store.traces.trace(of: trace.key) == nil)
        }
    }

    /// `sluice cache get x /dev/stdout` would put a file in its place.
    @Test func onlyRegularFilesAreReplaced() throws {
        try withStore { fixture in
            let output = try #require(try fixture.publish("s", ["y": Array("text".utf8)]).outputs["y"])
            let pipe = fixture.folder.appending("pipe")
            #expect(mkfifo(pipe.text, 0o600) == 0)
            try FileSystem.symbolicLink(to: "pipe", at: fixture.folder.appending("link"))
            for name in ["pipe", "link"] {
                let code = storeErrorCode {
                    try fixture.store.artifacts.export(output.digest, to: fixture.folder.appending(name))
                }
                #expect(code == .invalid)
            }
            #expect(try FileStatus(of: pipe).kind == .other)
        }
    }
}
