import Dataflow
import Digests
import Files
import SQLite
import TestSupport
import Testing

@testable import ArtifactStore

/// Content on its way from one store to another.
@Suite struct TransferTests {
    /// A trace whose output is a folder with these files; `script` is executable.
    private func publish(_ files: [(name: String, bytes: [UInt8])], _ fixture: StoreFixture) throws -> Trace {
        let tree = fixture.folder.appending("tree")
        for (name, bytes) in files {
            try FileSystem.makeDirectories(tree.appending(name).parent)
            try FileContents.write(bytes, to: tree.appending(name))
        }
        try FileSystem.setMode(0o755, of: tree.appending("script"))
        let run = try fixture.beginRun()
        let artifact = try fixture.store.artifacts.capture(tree, shape: .tree)
        let trace = fixture.trace(["t": artifact])
        try fixture.store.runs.commit([fixture.ran("s", trace)], run: run)
        return trace
    }

    /// More files than are visited in one transaction, with equal, empty and large ones among them.
    private static let files: [(name: String, bytes: [UInt8])] = {
        var files = (0..<1_200).map {
            (name: "many/\($0 % 7)/\($0)", bytes: noise(9_000, seed: UInt64($0 / 2)))
        }
        files.append((name: "empty", bytes: []))
        files.append((name: "script", bytes: Array("#!/bin/sh\n".utf8)))
        files.append((name: "large", bytes: noise(500_000, seed: 9_999)))
        return files
    }()

    /// Adds what `objects` consist of to another store.
    private func send(
        _ trace: Trace, _ objects: [StoredObject], from source: ArtifactStore, to target: ArtifactStore,
        areMany: Bool
    ) throws {
        let all = objects.flatMap(\.chunks)
        let missing = try target.arrivals.missing(all)
        let chunks = try source.content.chunks(missing).map { try $0.get() }
        for start in stride(from: 0, to: chunks.count, by: 100) {
            try target.arrivals.add(
                Array(chunks[start..<min(start + 100, chunks.count)]), areMany: areMany)
        }
        let arrived = try objects.map { object in
            let shape: Artifact.Shape = object.digest == trace.outputs["t"]?.digest ? .tree : .file
            let bytes = try target.arrivals.bytes(of: object.chunks, limit: 1 << 24)
            let tree = bytes.flatMap { ArrivedTree(manifest: $0) }
            return ArrivedObject(
                digest: object.digest, shape: tree == nil ? shape : .tree, chunks: object.chunks,
                children: tree?.entries.map(\.digest) ?? [])
        }
        try target.arrivals.take([trace], objects: arrived, nodes: [:])
    }

    private struct Row: Hashable {
        let digest: [UInt8]
        let size: Int
        let stored: Int
    }

    private func objectRows(_ store: ArtifactStore) throws -> Set<Row> {
        Set(
            try Connection(path: store.path.text).rows("SELECT digest, size, stored FROM object") {
                Row(digest: $0.blob("digest"), size: $0.integer("size"), stored: $0.integer("stored"))
            })
    }

    @Test(arguments: [false, true]) func aTreeArrivesAsItWas(areMany: Bool) throws {
        try withStore { fixture in
            let trace = try publish(Self.files, fixture)
            let tree = try #require(trace.outputs["t"]).digest
            let objects = try fixture.store.content.objects(of: [tree])
            // Each once, after what it contains; every second file has the content of the one before.
            #expect(objects.count == 600 + 3 + 7 + 1 + 1 && objects.last?.digest == tree)
            #expect(Set(objects.map(\.digest)).count == objects.count)
            try withStore { other in
                try send(trace, objects, from: fixture.store, to: other.store, areMany: areMany)
                #expect(try objectRows(other.store) == objectRows(fixture.store))
                let out = other.folder.appending("out")
                try other.reopened(.readOnly).artifacts.export(tree, to: out)
                for (name, bytes) in Self.files {
                    #expect(try FileContents.read(out.appending(name)) == bytes)
                    #expect(
                        try FileStatus(of: out.appending(name)).isExecutable == (name == "script"))
                }
                #expect(try other.store.maintenance.verify().isSound)
                let beside = try Connection(path: other.store.path.text).first(
                    "SELECT count(*) FROM chunk WHERE beside = 1"
                ) { $0.integer(0) }
                #expect((beside ?? 0 > 600) == areMany)
            }
        }
    }

    /// What is read at a time is not all or nothing.
    @Test func aDamagedAndAMissingChunkAreErrorsAmongOthers() throws {
        try withStore { fixture in
            let trace = try fixture.publish(
                "s", ["a": noise(3_000, seed: 1), "b": noise(3_000, seed: 2), "c": noise(3_000, seed: 3)])
            let digests = try ["a", "b", "c"].map { try #require(trace.outputs[$0]).digest }
            try Connection(path: fixture.store.path.text).run(
                "UPDATE chunk_bytes SET bytes = zeroblob(3000) WHERE chunk = (SELECT id FROM chunk WHERE digest = ?)",
                .blob(digests[1].bytes))
            let absent = SHA256.digest(of: "absent")
            let found = try fixture.store.content.chunks([digests[0], digests[1], absent, digests[2]])
            #expect(found.map { (try? $0.get())?.digest } == [digests[0], nil, nil, digests[2]])
            #expect(storeErrorCode { _ = try found[1].get() } == .damaged)
            #expect(storeErrorCode { _ = try found[2].get() } == .missing)
            #expect(try fixture.store.catalog.damagedArtifacts().map(\.artifact.digest) == [digests[1]])
            #expect(storeErrorCode { _ = try fixture.store.content.objects(of: [digests[1]]) } == .damaged)
            #expect(storeErrorCode { _ = try fixture.store.content.objects(of: [absent]) } == .missing)
        }
    }

    /// A repaired object and a new one have the sizes of what they consist of.
    @Test func aDamagedObjectIsRepairedByWhatArrives() throws {
        try withStore { fixture in
            let trace = try publish(Self.files, fixture)
            let tree = try #require(trace.outputs["t"]).digest
            let objects = try fixture.store.content.objects(of: [tree])
            try withStore { other in
                try send(trace, objects, from: fixture.store, to: other.store, areMany: false)
                try Connection(path: other.store.path.text).run("UPDATE object SET damaged = 1, stored = 7")
                try send(trace, objects, from: fixture.store, to: other.store, areMany: false)
                #expect(try other.store.catalog.damagedArtifacts().isEmpty)
                #expect(try objectRows(other.store) == objectRows(fixture.store))
            }
        }
    }

    /// Only what a manifest would be written as is read.
    @Test func manifestsOfOthersAreChecked() throws {
        let digest = SHA256.digest(of: "x").hexadecimal
        func parsed(_ lines: String...) -> TreeManifest? {
            TreeManifest(bytes: Array(("sluice tree 1\n" + lines.joined()).utf8))
        }
        let good = try #require(parsed("f \(digest) a\0", "x \(digest) b\0", "d \(digest) ü\0"))
        #expect(good.entries.map(\.name) == ["a", "b", "ü"])
        #expect(TreeManifest(bytes: good.bytes) == good)
        #expect(parsed()?.entries.isEmpty == true)
        let longest = String(repeating: "n", count: 255)
        #expect(parsed("f \(digest) \(longest)\0") != nil)
        for name in ["", ".", "..", "a/b", "/", longest + "n"] {
            #expect(parsed("f \(digest) \(name)\0") == nil, "\(name)")
        }
        #expect(parsed("f \(digest) ...\0") != nil)
        for line in [
            "f \(digest) a", "f \(digest.uppercased()) a\0", "f \(digest.dropLast()) a\0", "f \(digest)0 a\0",
            "f  \(digest) a\0", "t \(digest) a\0", "\0", "f \(String(repeating: "g", count: 64)) a\0",
        ] {
            #expect(parsed(line) == nil, "\(line)")
        }
        #expect(parsed("f \(digest) b\0", "f \(digest) a\0") == nil)
        #expect(parsed("f \(digest) a\0", "f \(digest) a\0") == nil)
        // Names are bytes: these are in the order of theirs, one is not UTF-8.
        func manifest(_ names: [[UInt8]]) -> [UInt8] {
            names.reduce(Array("sluice tree 1\n".utf8)) { $0 + Array("f \(digest) ".utf8) + $1 + [0] }
        }
        let escaped = manifest([[0x61], [0x61, 0x80], [0xFF]])
        #expect(TreeManifest(bytes: escaped)?.bytes == escaped)
        #expect(TreeManifest(bytes: manifest([[0xFF], [0x61]])) == nil)
    }
}
