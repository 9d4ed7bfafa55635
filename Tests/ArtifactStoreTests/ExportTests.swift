import Dataflow
import Digests
import Files
import TestSupport
import Testing

@testable import ArtifactStore

/// Copies of whole folders.
@Suite struct ExportTests {
    /// Files of all sizes that are read in different ways, more than one batch of small ones, and an executable.
    private static let contents: [(name: String, bytes: [UInt8])] = {
        var files = (0..<150).map { (name: "small/\($0)", bytes: Array("file \($0)".utf8)) }
        files.append((name: "empty", bytes: []))
        files.append((name: "text", bytes: [UInt8](repeating: 7, count: 200_000)))
        files.append((name: "middle", bytes: noise(500_000, seed: 5)))
        files.append((name: "large", bytes: noise(ChunkWriter.largeObject + 100_000, seed: 6)))
        files.append((name: "script", bytes: Array("#!/bin/sh\n".utf8)))
        return files
    }()

    private func publishTree(_ fixture: StoreFixture) throws -> Digest {
        let tree = fixture.folder.appending("tree")
        for (name, bytes) in Self.contents {
            try FileSystem.makeDirectories(tree.appending(name).parent)
            try FileContents.write(bytes, to: tree.appending(name))
        }
        try FileSystem.setMode(0o755, of: tree.appending("script"))
        let run = try fixture.beginRun()
        let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
        try fixture.store.runs.commit([fixture.ran("s", fixture.trace(["t": artifact]))], run: run)
        return artifact.digest
    }

    private func isRight(_ folder: FilePath) throws -> Bool {
        try Self.contents.allSatisfy { name, bytes in
            let path = folder.appending(name)
            return try FileContents.read(path) == bytes
                && FileStatus(of: path).isExecutable == (name == "script")
        }
    }

    @Test func aFolderIsCopiedWithOrWithoutPlainCopies() throws {
        try withStore { fixture in
            let tree = try publishTree(fixture)
            try fixture.store.artifacts.export(tree, to: fixture.folder.appending("one"))
            #expect(try isRight(fixture.folder.appending("one")))
            try fixture.evict()
            try fixture.reopened(.readOnly).artifacts.export(tree, to: fixture.folder.appending("two"))
            #expect(try isRight(fixture.folder.appending("two")))
        }
    }

    /// The digests of copied files are recorded, so an update does not read them; a changed one is found, and only it is written.
    @Test func anUpdateOfACopiedFolderReadsNothing() throws {
        try withStore { fixture in
            let tree = try publishTree(fixture)
            try fixture.evict()
            let folder = fixture.folder.appending("out")
            try fixture.store.artifacts.exportForUpdates(tree, to: folder, isExecutable: false)
            let sources = try fixture.reopened().sources
            for (name, bytes) in Self.contents {
                let source = ExternalSource(path: folder.appending(name).text, shape: .file)
                let known = try sources.digest(of: source, readingAtMost: 0)
                #expect(known?.digest == SHA256.digest(of: bytes) && known?.bytesRead == 0)
            }
            try File(folder.appending("small/77"), .updating).write([0x78].span.bytes, at: 0)
            try FileSystem.removeFile(folder.appending("small/78"))
            try FileSystem.setMode(0o644, of: folder.appending("script"))
            let report = try fixture.reopened().artifacts.update(tree, at: folder, isExecutable: false)
            #expect(report.written == 2 && report.kept == Self.contents.count - 2)
            #expect(try isRight(folder))
        }
    }

    /// A small file's damage is found, wherever it is read.
    @Test func aDamagedSmallFileIsNotCopied() throws {
        try withStore { fixture in
            let tree = try publishTree(fixture)
            try fixture.evict()
            let name = SHA256.digest(of: Array("file 77".utf8))
            let database = try StoreDatabase(path: fixture.store.path, mode: .readWrite)
            try database.transaction { tables in
                let id = try #require(try tables.chunks.id(of: name))
                try ChunkBytesTable(connection: tables.connection).insert(
                    id, Array("file 78".utf8).span.bytes)
            }
            let folder = fixture.folder.appending("out")
            #expect(
                storeErrorCode { try fixture.reopened().artifacts.export(tree, to: folder) } == .damaged)
            #expect(!FileSystem.exists(folder))
        }
    }
}
