import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import StageSchemas
import TestSupport
import Testing

/// What processes that are gone have left goes, and nothing else.
@Suite struct LeftoverTests {
    private let dead = "fedcba9876543210"

    @Test func partsOfExportsOfDeadProcessesAreRemoved() throws {
        try withStore { fixture in
            let exports = fixture.folder.appending("work/exports")
            try FileSystem.makeDirectories(exports)
            let out = fixture.folder.appending("out")
            try FileSystem.makeDirectories(out.appending("tree.\(dead).part/inner"))
            try write("half", to: out.appending("a.txt.\(dead).part"))
            try write("the user's", to: out.appending("b.txt"))
            for (number, name) in ["a.txt.\(dead).part", "tree.\(dead).part", "gone.\(dead).part", "b.txt"]
                .enumerated()
            {
                try FileSystem.symbolicLink(
                    to: out.appending(name), at: exports.appending("\(dead)-\(number)"))
            }
            fixture.store.workFolder.sweep()
            // Nothing goes but what is called a part of the dead process.
            #expect(try FileSystem.names(in: out) == ["b.txt"])
            #expect(try FileSystem.names(in: exports) == [])
        }
    }

    @Test func partsOfLivingProcessesStay() throws {
        try withStore { fixture in
            let exports = fixture.folder.appending("work/exports")
            try FileSystem.makeDirectories(exports)
            let locks = FilePath(fixture.store.path.text + "-locks")
            try FileSystem.makeDirectories(locks)
            let file = try File(locks.appending(dead), .appending)
            #expect(try file.lock(isExclusive: false))
            let part = fixture.folder.appending("a.\(dead).part")
            try write("half", to: part)
            try FileSystem.symbolicLink(to: part, at: exports.appending("\(dead)-1"))
            fixture.store.workFolder.sweep()
            #expect(FileSystem.exists(part))
        }
    }

    @Test func anExportLeavesNoNote() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": [1, 2, 3]])
            let digest = try #require(trace.outputs["y"]).digest
            try fixture.store.artifacts.export(digest, to: fixture.folder.appending("out/y"))
            #expect(try FileSystem.names(in: fixture.folder.appending("work/exports")) == [])
            #expect(try FileSystem.names(in: fixture.folder.appending("out")) == ["y"])
        }
    }

    @Test func unfinishedCopiesOfDeadProcessesAreRemovedAfterARun() throws {
        try withStore { fixture in
            try fixture.publish("s", ["y": [1, 2, 3]])
            let name = String(repeating: "ab", count: 32)
            let part = fixture.folder.appending("work/objects/ab/\(name).\(dead)-7.part")
            try write("half", to: part)
            #expect(try fixture.store.maintenance.trimCopies() == 0)
            #expect(!FileSystem.exists(part))
        }
    }

    /// Progress that a clock has dated in the future does not stay until then.
    @Test func entriesDatedInTheFutureAreRemoved() throws {
        try withStore { fixture in
            let name = String(repeating: "cd", count: 32)
            let progress = fixture.store.workFolder.resume.appending(name)
            try FileSystem.makeDirectories(progress)
            try FileSystem.setModified(5_000_000_000, of: progress)
            fixture.store.workFolder.sweep()
            #expect(!FileSystem.exists(progress))
        }
    }

    @Test func aLostHostIsCleared() throws {
        try withStore { fixture in
            let attempts = fixture.folder.appending("work/attempts")
            let connection = try Connection(path: fixture.store.path.text)
            let key = Key(KeyMaterial(.command(KeyMaterial.Command(text: "test"))))
            // Of a version that took no locks; and one whose lock stays, as after a crash on some file systems.
            let old = "gone/boot/12/34"
            let locked = "gone/boot/13/35/\(dead)"
            for process in [old, locked, "other/boot/14/36"] {
                try connection.run(
                    "INSERT INTO run (pipeline, file, arguments, host, process, started) VALUES ('p', '', '[]', '', ?, unixepoch())",
                    .text(process))
                try FileSystem.makeDirectories(attempts.appending(process.replacing("/", with: "+") + "/s-1"))
            }
            try connection.run(
                "INSERT INTO lease (key, process, expires) VALUES (?, ?, unixepoch() + 60)",
                .blob(key.digest.bytes), .text(old))
            let locks = FilePath(fixture.store.path.text + "-locks")
            try FileSystem.makeDirectories(locks)
            let file = try File(locks.appending(dead), .appending)
            #expect(try file.lock(isExclusive: false))

            let maintenance = fixture.store.maintenance
            let report = try maintenance.clear(host: "gone")
            #expect(report.cleared == ["process 12 on gone"] && report.alive == ["process 13 on gone"])
            #expect(try FileSystem.names(in: attempts).count == 2)
            guard case .granted = try fixture.store.claims.acquire(key) else {
                Issue.record("the claim is still held")
                return
            }
            #expect(try maintenance.clear(host: "gone", forces: true).cleared == ["process 13 on gone"])
            #expect(try FileSystem.names(in: attempts) == ["other+boot+14+36"])
            let rest = try maintenance.clear(host: "gone", forces: true)
            #expect(rest.cleared.isEmpty && rest.alive.isEmpty)
            // The other host's run counts as before.
            let active = try maintenance.collect(CollectionPolicy(), dryRun: true).activeRuns
            #expect(active.count == 1 && active[0].contains("process 14 on other"))
        }
    }
}
