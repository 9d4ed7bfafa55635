import Dataflow
import Digests
import Dispatch
import Files
import SQLite
import StageSchemas
import Synchronization
import TestSupport
import Testing

@testable import ArtifactStore

/// Collection, verification and reading during runs: no process removes what another needs, or reports it as damaged.
@Suite struct NeighborTests {
    /// Repeats `work` while `other` is called `times` times; returns the failures of `work`.
    private func repeating(
        _ times: Int, _ other: @escaping @Sendable (Int) throws -> Void,
        while work: @escaping @Sendable () throws -> String?
    ) -> [String] {
        let wrong = Mutex<[String]>([])
        let isOver = Atomic(false)
        DispatchQueue.concurrentPerform(iterations: 2) { thread in
            do {
                if thread == 0 {
                    defer { isOver.store(true, ordering: .relaxed) }
                    for time in 0..<times { try other(time) }
                } else {
                    while !isOver.load(ordering: .relaxed) {
                        if let text = try work() { wrong.withLock { $0.append(text) } }
                    }
                }
            } catch {
                wrong.withLock { $0.append("\(error)") }
            }
        }
        return wrong.withLock { $0 }
    }

    @Test func aRunNeverFailsDuringCollections() throws {
        try withStore { fixture in
            let folder = fixture.folder
            let wrong = repeating(40) { time in
                // As another process would.
                let own = try StoreFixture(folder)
                let run = try own.beginRun()
                let trace = try own.captured(
                    ["y": noise(3_000, seed: UInt64(time)), "large": noise(1 << 20 + 1, seed: UInt64(time))],
                    parameters: ["v": .integer(time)], log: "log \(time)")
                try own.store.runs.commit([own.ran("s", trace)], run: run)
                try own.store.runs.end(run, outcome: .succeeded)
            } while: {
                _ = try StoreFixture(folder).store.maintenance.collect(CollectionPolicy(keepRuns: 0))
                return nil
            }
            #expect(wrong == [])
            let report = try fixture.reopened().maintenance.verify()
            #expect(report.isSound)
        }
    }

    @Test func verificationFindsNoDamageDuringCollections() throws {
        try withStore { fixture in
            let folder = fixture.folder
            let wrong = repeating(10) { time in
                let own = try StoreFixture(folder)
                // Some in the second database, some in small chunks, and a tree.
                let tree = folder.appending("attempt/t")
                try FileSystem.makeDirectories(tree.appending("in"))
                try write("\(time)", to: tree.appending("in/a"))
                try write("same", to: tree.appending("in/b"))
                let run = try own.beginRun()
                let artifact = try own.store.artifacts.capture(tree, shape: .tree)
                let large = try own.store.artifacts.capture(
                    try own.file(noise(9 << 20, seed: UInt64(time))), shape: .file)
                let trace = own.trace(["t": artifact, "l": large], parameters: ["v": .integer(time)])
                try own.store.runs.commit([own.ran("s", trace)], run: run)
                try own.store.runs.end(run, outcome: .succeeded)
                _ = try own.store.maintenance.collect(CollectionPolicy(keepRuns: 0))
            } while: {
                let report = try StoreFixture(folder).store.maintenance.verify()
                return report.isSound ? nil : "\(report)"
            }
            #expect(wrong == [])
        }
    }

    /// What is read while it is collected is gone, not damaged.
    @Test func readingFindsNoDamageDuringCollections() throws {
        try withStore { fixture in
            let folder = fixture.folder
            let latest = Mutex<Digest?>(nil)
            let wrong = repeating(20) { time in
                let own = try StoreFixture(folder)
                let trace = try own.publish(
                    "s", ["y": noise(2 << 20, seed: UInt64(time))], parameters: ["v": .integer(time)])
                latest.withLock { $0 = trace.outputs["y"]?.digest }
                _ = try own.store.maintenance.collect(CollectionPolicy(keepRuns: 0))
            } while: {
                guard let digest = latest.withLock({ $0 }) else { return nil }
                do {
                    try StoreFixture(folder).reopened(.readOnly).catalog.forEachPiece(of: digest) { _ in }
                } catch let error as StoreError where error.code == .missing {
                    return nil
                }
                return nil
            }
            #expect(wrong == [])
            let report = try fixture.reopened().maintenance.verify()
            #expect(report.isSound)
        }
    }

    /// Two drivers may make the same; once one has recorded it, the other's copy may go.
    @Test func removingACopyThatAnotherProcessHasRecordedLosesNothing() throws {
        try withStore { fixture in
            let bytes = noise(5_000)
            let run = try fixture.beginRun()
            let mine = try fixture.captured(["y": bytes], parameters: ["v": 1])
            let other = try StoreFixture(fixture.folder)
            try other.publish("o", ["y": bytes], parameters: ["v": 2])
            _ = try other.store.maintenance.trimCopies(to: 0)
            try fixture.store.runs.commit([fixture.ran("s", mine)], run: run)
            #expect(try fixture.store.traces.trace(of: mine.key) != nil)
            #expect(try fixture.bytes(of: try #require(mine.outputs["y"]).digest) == bytes)
        }
    }

    /// Plain copies go, and other drivers make them again, at any time: also between a failed link and the look at why it
    /// failed.
    @Test func copiesThatGoAndComeAgainFailNoStage() throws {
        try withStore { fixture in
            let folder = fixture.folder
            let bytes = noise(5_000)
            let digest = try #require(try fixture.publish("s", ["y": bytes]).outputs["y"]).digest
            let copy = fixture.store.parts.work.object(digest)
            let aside = FilePath(copy.text + ".aside")
            // As fast as can be, since it takes two of these within a microsecond or so.
            let wrong = repeating(200_000) { time in
                if time.isMultiple(of: 2) {
                    try? FileSystem.rename(copy, to: aside)
                } else {
                    try? FileSystem.rename(aside, to: copy)
                }
            } while: {
                let target = folder.appending("input")
                try fixture.store.artifacts.materialize(digest, at: target)
                defer { try? FileSystem.removeTree(target) }
                return try FileContents.read(target) == bytes ? nil : "other bytes"
            }
            #expect(wrong == [])
        }
    }

    /// To truncate the log, a collection waits for readers of older states; meanwhile no process can write, perhaps not even
    /// these readers.
    @Test func aCollectionDuringAReadDoesNotBlockWriters() throws {
        try withStore { fixture in
            let folder = fixture.folder
            try fixture.publish("s", ["y": noise(5_000)], parameters: ["v": 1])
            try fixture.store.lookingUp {
                _ = try fixture.store.parts.database.lookUp { try $0.chunks.count() }
                try StoreFixture(folder).publish("s", ["y": noise(6_000)], parameters: ["v": 2])
                let wrong = repeating(1) { _ in
                    _ = try StoreFixture(folder).store.maintenance.collect(CollectionPolicy(keepRuns: 0))
                } while: {
                    let path = folder.appending("store.sqlite").text
                    try Connection(path: path, busyTimeout: 5_000).transaction {}
                    return nil
                }
                #expect(wrong == [])
            }
        }
    }

    @Test func onlyTheListedCopyOfWhatTheDatabaseHasIsRemoved() throws {
        try withStore { fixture in
            let parts = fixture.store.parts
            let bytes = noise(5_000)
            let digest = try #require(try fixture.publish("s", ["y": bytes]).outputs["y"]).digest
            let unrecorded = try #require(try fixture.captured(["z": noise(6_000)]).outputs["z"]).digest
            func listed(_ digest: Digest) throws -> WorkFolder.PlainCopy {
                try #require(parts.work.plainCopies().first { $0.digest == digest })
            }
            // Another process has made it again since it was listed.
            let before = try listed(digest)
            let part = parts.work.partial(digest)
            try FileContents.write(bytes, to: part)
            try WorkFolder.seal(part)
            try parts.work.place(part, at: before.path)
            #expect(try !parts.removeRecoverable(before) && FileSystem.exists(before.path))
            #expect(try !parts.removeRecoverable(try listed(unrecorded)))
            // What stages link does not make it another.
            try FileSystem.link(before.path, at: fixture.folder.appending("input"))
            #expect(try parts.removeRecoverable(try listed(digest)) && !FileSystem.exists(before.path))
            #expect(try !parts.removeRecoverable(before))
        }
    }

    /// Who only looks makes no folders and files that would be his.
    @Test func aReaderMakesNoPlainCopies() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": noise(5_000)])
            let digest = try #require(trace.outputs["y"]).digest
            try fixture.evict()
            let target = fixture.folder.appending("target")
            try fixture.reopened(.readOnly).artifacts.export(digest, to: target)
            #expect(try FileContents.read(target) == noise(5_000))
            #expect(!FileSystem.exists(fixture.folder.appending("work/objects")))
        }
    }

    /// On a full disk, a collection takes small steps; it frees the same.
    @Test(arguments: [1, 2, 7]) func smallStepsFreeTheSame(size: Int) throws {
        try withStore { fixture in
            var traces: [Trace] = []
            for number in 0..<5 {
                let own = noise(100_000, seed: UInt64(number + 1))
                traces.append(
                    try fixture.publish(
                        "s", ["y": own], parameters: ["v": .integer(number)], log: "log \(number)"))
            }
            let preview = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 2), dryRun: true)
            let steps = CollectionSteps(rows: size, chunks: size, pages: size, foldsLog: true)
            let report = try Collector(
                parts: fixture.store.parts, policy: CollectionPolicy(keepRuns: 2), steps: steps
            ).collect(dryRun: false)
            #expect(report == preview && report.items.count == 3)
            #expect(
                try traces.map { try fixture.store.traces.trace(of: $0.key) != nil } == [
                    false, false, false, true, true,
                ])
            let usage = try fixture.store.catalog.usage()
            #expect(usage.storedSize == report.remaining && usage.freeSize == 0)
            #expect(try fixture.store.maintenance.verify().isSound)
        }
    }
}
