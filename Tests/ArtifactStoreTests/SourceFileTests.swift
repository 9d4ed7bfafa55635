import ArtifactStore
import Dataflow
import Digests
import Files
import SQLite
import TestSupport
import Testing

@Suite struct SourceFileTests {
    private func remembered(_ fixture: StoreFixture) throws -> Int {
        let connection = try Connection(path: fixture.store.path.text)
        return try connection.first("SELECT count(*) FROM source_file") { $0.integer(0) } ?? -1
    }

    @Test func aFileThatHasJustChangedIsReadAgain() throws {
        try withStore { fixture in
            let path = fixture.folder.appending("data.csv")
            let source = ExternalSource(path: "data.csv")
            try write("one", to: path)
            // On a file system whose times are whole seconds, the next change could be in the same second.
            try FileSystem.setModified(1_000_000_000, of: path)
            #expect(try fixture.store.sources.digest(of: source) == SHA256.digest(of: "one"))
            #expect(try remembered(fixture) == 0)
            // The same size, within the same tick or not.
            try write("two", to: path)
            try FileSystem.setModified(1_000_000_000, of: path)
            #expect(try fixture.store.sources.digest(of: source) == SHA256.digest(of: "two"))
            for number in 0..<200 {
                try write("\(100 + number)", to: path)
                #expect(try fixture.store.sources.digest(of: source) == SHA256.digest(of: "\(100 + number)"))
            }
        }
    }

    @Test(.enabled(if: FileSystem.exists("/etc/passwd"))) func aSettledFileIsReadOnce() throws {
        try withStore { fixture in
            // A file whose modification and change times are both old; only the kernel sets the second.
            let source = ExternalSource(path: "/etc/passwd")
            let digest = try fixture.store.sources.digest(of: source)
            #expect(digest == SHA256.digest(of: try FileContents.read("/etc/passwd")))
            try #require(try remembered(fixture) == 1)
            let connection = try Connection(path: fixture.store.path.text)
            // What is remembered is believed: the file is not read again.
            let other = SHA256.digest(of: "other")
            try connection.run("UPDATE source_file SET digest = ?", .blob(other.bytes))
            #expect(try fixture.reopened().sources.digest(of: source) == other)
            for column in ["size", "modified", "changed", "inode", "device"] {
                try connection.run(
                    "UPDATE source_file SET \(column) = \(column) + 1, digest = ?", .blob(other.bytes))
                #expect(try fixture.reopened().sources.digest(of: source) == digest, "\(column)")
            }
        }
    }

    /// Lookups do not wait for writers: the writer may be waiting for the lookup.
    @Test(.enabled(if: FileSystem.exists("/etc/passwd"))) func whatWasReadIsRememberedAfterTheLookUp() throws
    {
        try withStore { fixture in
            let source = ExternalSource(path: "/etc/passwd")
            let digest = try fixture.store.lookingUp {
                let digest = try fixture.store.sources.digest(of: source)
                #expect(try remembered(fixture) == 0)
                return digest
            }
            #expect(digest == SHA256.digest(of: try FileContents.read("/etc/passwd")))
            #expect(try remembered(fixture) == 1)
        }
    }

    @Test func anotherFileAtThePathIsSeen() throws {
        try withStore { fixture in
            let path = fixture.folder.appending("data.csv")
            let source = ExternalSource(path: "data.csv")
            try write("one", to: path)
            _ = try fixture.store.sources.digest(of: source)
            try write("two", to: fixture.folder.appending("other"))
            try FileSystem.setModified(1_000_000, of: path)
            try FileSystem.setModified(1_000_000, of: fixture.folder.appending("other"))
            try FileSystem.rename(fixture.folder.appending("other"), to: path)
            #expect(try fixture.store.sources.digest(of: source) == SHA256.digest(of: "two"))
        }
    }

    @Test func mistakesGiveClearMessages() throws {
        try withStore { fixture in
            let missing = #expect(throws: StoreError.self) {
                _ = try fixture.store.sources.digest(of: ExternalSource(path: "no.csv"))
            }
            #expect(missing?.code == .missing)
            #expect(missing?.message == "no.csv does not exist (relative to \(fixture.folder))")
            try FileSystem.makeDirectories(fixture.folder.appending("d"))
            let shape = #expect(throws: StoreError.self) {
                _ = try fixture.store.sources.digest(of: ExternalSource(path: "d"))
            }
            #expect(shape?.message == "d is not a file")
            let again = try FileSystem.canonical(fixture.folder.appending("d"))
            try FileSystem.symbolicLink(to: again, at: fixture.folder.appending("d/again"))
            let loop = #expect(throws: StoreError.self) {
                _ = try fixture.store.sources.digest(of: ExternalSource(path: "d", shape: .directory))
            }
            #expect(loop?.message.contains("Too many levels of symbolic links") == true)
        }
    }

    @Test func anAdoptedSourceIsReadInPlace() throws {
        try withStore { fixture in
            let path = fixture.folder.appending("data.csv")
            try write("rows", to: path)
            let source = ExternalSource(path: "data.csv")
            let digest = try fixture.store.sources.digest(of: source)
            try fixture.store.artifacts.adopt(source, digest: digest)
            let input = fixture.folder.appending("input")
            try fixture.store.artifacts.materialize(digest, at: input)
            #expect(try read(input) == "rows")
            #expect(try FileStatus(of: input, followsLinks: false).kind == .symbolicLink)
        }
    }

    @Test func anAdoptedSourceDoesNotStandInForAnEqualOutput() throws {
        try withStore { fixture in
            let path = fixture.folder.appending("data.csv")
            try write("rows", to: path)
            let source = ExternalSource(path: "data.csv")
            try fixture.store.artifacts.adopt(source, digest: try fixture.store.sources.digest(of: source))
            let trace = try fixture.publish("copy", ["y": Array("rows".utf8)])
            // The user continues to edit the file.
            try write("more rows", to: path)
            let digest = try #require(trace.outputs["y"]).digest
            #expect(try fixture.bytes(of: digest) == Array("rows".utf8))
        }
    }
}
