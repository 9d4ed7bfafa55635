import Dataflow
import Digests
import Files
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import ArtifactStore

/// Updates of large files in place. In these tests, every file counts as large.
@Suite struct FilePatchTests {
    private static let old = noise(2_000_000)
    /// Old content with 50,000 other bytes in the middle.
    private static let edited = replaced(old, at: 700_000, noise(50_000, seed: 2))

    private static func replaced(_ bytes: [UInt8], at place: Int, _ other: [UInt8]) -> [UInt8] {
        Array(bytes[..<place]) + other + Array(bytes[(place + other.count)...])
    }

    /// A store with two contents, and a file that was written with the first.
    private struct Case {
        let fixture: StoreFixture
        let old: Digest
        let new: Digest
        var path: FilePath { fixture.folder.appending("out/file") }
        var notes: [String] { (try? FileSystem.names(in: fixture.folder.appending("work/exports"))) ?? [] }

        init(_ fixture: StoreFixture, _ old: [UInt8], _ new: [UInt8]) throws {
            self.fixture = fixture
            let outputs = try fixture.publish("s", ["a": old, "b": new]).outputs
            self.old = try #require(outputs["a"]).digest
            self.new = try #require(outputs["b"]).digest
            try fixture.evict()
            try fixture.store.artifacts.exportForUpdates(self.old, to: path, isExecutable: false)
        }

        func update(
            to digest: Digest? = nil, isExecutable: Bool = false, store: ArtifactStore? = nil,
            _ willChange: @escaping @Sendable (FilePath) throws -> Void = { _ in }
        ) throws -> ExportReport {
            // Another process knows only what is in the store.
            let parts = try (store ?? fixture.reopened()).parts
            let patch = FilePatch(parts: parts, smallest: 1, willChange: willChange)
            var update = ExportUpdate(parts: parts, patch: patch)
            return try update.update(digest ?? new, at: path, isExecutable: isExecutable)
        }

        func status() throws -> FileStatus { try FileStatus(of: path, followsLinks: false) }

        /// True if nothing but the file, with this content, is there.
        func holds(_ content: [UInt8], beside others: [String] = []) throws -> Bool {
            try FileContents.read(path) == content && FileSystem.names(in: path.parent) == ["file"] + others
                && notes.isEmpty
        }
    }

    private func withCase(
        _ old: [UInt8] = old, _ new: [UInt8] = edited, _ body: (Case) throws -> Void
    ) throws {
        try withStore { try body(Case($0, old, new)) }
    }

    /// A copied file is known without being read, so an update reads and writes only what differs.
    @Test func onlyWhatDiffersIsWritten() throws {
        try withCase { subject in
            let source = ExternalSource(path: subject.path.text, shape: .file)
            let known = try subject.fixture.reopened().sources.digest(of: source, readingAtMost: 0)
            #expect(known?.digest == subject.old)
            let before = try subject.status()
            let aside = Mutex<[Bool]>([])
            let report = try subject.update { path in
                // Nobody finds a file that is half old, half new.
                aside.withLock { $0.append(FileSystem.exists(path)) }
            }
            #expect(aside.withLock { $0 } == [false])
            #expect(report.written == 1 && report.kept == 0 && report.otherCount == 0)
            #expect(try subject.status().inode == before.inode)
            #expect(try subject.holds(Self.edited))
            // The next update knows the new content.
            let next = try subject.fixture.reopened().sources.digest(of: source, readingAtMost: 0)
            #expect(next?.digest == subject.new)
            #expect(try subject.update().kept == 1)
            #expect(try subject.update(to: subject.old).written == 1)
            #expect(try subject.holds(Self.old))
        }
    }

    /// A byte in an unchanged place, which no honest status hides, is still there after the patch.
    @Test func unchangedPlacesAreNotWritten() throws {
        try withCase { subject in
            let file = try File(subject.path, .updating)
            try file.write([Self.old[1_900_000] ^ 1].span.bytes, at: 1_900_000)
            let status = try file.status()
            _ = consume file
            let parts = try subject.fixture.reopened().parts
            var written = WrittenFiles()
            let outcome = try FilePatch(parts: parts, smallest: 1).apply(
                subject.old, subject.new, at: subject.path, status, isExecutable: false, &written)
            #expect(outcome == .done)
            var expected = Self.edited
            expected[1_900_000] ^= 1
            #expect(try FileContents.read(subject.path) == expected)
        }
    }

    @Test func lengthsAndModesAreRight() throws {
        let longer = Self.edited + noise(100_000, seed: 3)
        try withCase(Self.old, longer) { subject in
            let inode = try subject.status().inode
            #expect(try subject.update(isExecutable: true).written == 1)
            #expect(try subject.holds(longer))
            #expect(try subject.status().isExecutable)
            // Shorter again.
            #expect(try subject.update(to: subject.old).written == 1)
            #expect(try subject.holds(Self.old))
            #expect(try !subject.status().isExecutable)
            #expect(try subject.status().inode == inode)
        }
    }

    /// An insertion moves everything behind it: most of the file differs, and a new one is written.
    @Test func afterAnInsertionTheFileIsReplaced() throws {
        let inserted = Array(Self.old[..<100_000]) + [1, 2, 3] + Array(Self.old[100_000...])
        try withCase(Self.old, inserted) { subject in
            let inode = try subject.status().inode
            #expect(try subject.update().written == 1)
            #expect(try subject.status().inode != inode)
            #expect(try subject.holds(inserted))
        }
    }

    @Test func otherNamesOfTheFileKeepTheirContent() throws {
        try withCase { subject in
            let other = subject.path.parent.appending("other")
            try FileSystem.link(subject.path, at: other)
            #expect(try subject.update().written == 1)
            #expect(try FileContents.read(other) == Self.old)
            #expect(try subject.status().linkCount == 1)
            #expect(try subject.holds(Self.edited, beside: ["other"]))
        }
    }

    @Test func theTargetOfALinkKeepsItsContent() throws {
        try withCase { subject in
            let target = subject.path.parent.appending("target")
            try FileSystem.rename(subject.path, to: target)
            try FileSystem.symbolicLink(to: "target", at: subject.path)
            #expect(try subject.update().written == 1)
            #expect(try FileContents.read(target) == Self.old)
            #expect(try subject.status().kind == .file)
            #expect(try subject.holds(Self.edited, beside: ["target"]))
        }
    }

    /// Whoever has the old file open, or mapped, keeps reading the old content.
    @Test func readersKeepWhatTheyHaveOpened() throws {
        try withCase { subject in
            let reader = try File(subject.path, .reading)
            #expect(try subject.update().written == 1)
            let bytes = try reader.read(upTo: Self.old.count, from: 0)
            #expect(bytes == Self.old)
            #expect(try subject.holds(Self.edited))
        }
        try withCase { subject in
            let (written, seen) = try FileContents.withMapped(subject.path) { bytes throws -> (Int, UInt8) in
                let report = try subject.update()
                return (report.written, bytes[720_000])
            }
            #expect(written == 1 && seen == Self.old[720_000])
        }
    }

    enum Tampering: String, CaseIterable { case atOnce, withItsOldTime, replaced }

    /// A file that was changed since it was written is not taken for what was written.
    @Test(arguments: Tampering.allCases) func changedFilesAreNoticed(_ tampering: Tampering) throws {
        try withCase { subject in
            let time = try subject.status().modified
            switch tampering {
            case .atOnce:
                try File(subject.path, .updating).write([Self.old[5] ^ 1].span.bytes, at: 5)
            case .withItsOldTime:
                try File(subject.path, .updating).write([Self.old[5] ^ 1].span.bytes, at: 5)
                let old = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
                #expect(utimensat(AT_FDCWD, subject.path.text, [old, old], 0) == 0)
                #expect(try subject.status().modified == time)
            case .replaced:
                try write("something else", to: subject.path)
            }
            #expect(try subject.update().written == 1)
            #expect(try subject.holds(Self.edited))
        }
    }

    /// If the disk fails in the middle, a new file is written from the store.
    @Test func afterAFailureTheFileIsWrittenAgain() throws {
        struct Fault: Error {}
        try withCase { subject in
            let notes = Mutex(0)
            let folder = subject.fixture.folder.appending("work/exports")
            let report = try subject.update { _ in
                // A kill at this moment leaves an unfinished file, which the next process finds.
                try notes.withLock { $0 = try FileSystem.names(in: folder).count }
                throw Fault()
            }
            #expect(notes.withLock { $0 } == 1)
            #expect(report.written == 1)
            #expect(try subject.holds(Self.edited))
        }
    }

    /// What a killed update has left goes with the next one, which writes the file, whether or not something is there by now.
    @Test(arguments: [true, false]) func anUpdateRemovesWhatAKilledOneHasLeft(_ isThere: Bool) throws {
        try withCase { subject in
            let dead = "fedcba9876543210"
            let part = FilePath(subject.path.text + ".\(dead).part")
            try FileSystem.rename(subject.path, to: part)
            let exports = subject.fixture.folder.appending("work/exports")
            try FileSystem.makeDirectories(exports)
            try FileSystem.symbolicLink(to: part, at: exports.appending("\(dead)-1"))
            let artifacts = try subject.fixture.reopened().artifacts
            if isThere {
                try write("something else", to: subject.path)
                _ = try artifacts.update(subject.new, at: subject.path, isExecutable: false)
            } else {
                try artifacts.exportForUpdates(subject.new, to: subject.path, isExecutable: false)
            }
            #expect(try subject.holds(Self.edited))
        }
    }

    /// Damage in the store is found before anything is touched.
    @Test func aDamagedChunkLeavesTheOldFile() throws {
        try withCase { subject in
            let path = subject.fixture.store.path
            try damage(Self.edited, beyond: Self.old, in: path)
            #expect(storeErrorCode { _ = try subject.update() } == .damaged)
            #expect(try subject.holds(Self.old))
        }
    }

    /// Flips a bit in each chunk that only `new` has.
    private func damage(_ new: [UInt8], beyond old: [UInt8], in store: FilePath) throws {
        let chunks = { (bytes: [UInt8]) in
            Set(
                ContentChunker.chunks(of: bytes.span, isWhole: true).map {
                    SHA256.digest(of: Array(bytes[$0]))
                })
        }
        let database = try StoreDatabase(path: store, mode: .readWrite)
        try database.transaction { tables in
            for chunk in chunks(new).subtracting(chunks(old)) {
                let id = try #require(try tables.chunks.id(of: chunk))
                let stored = try tables.storedChunk(id, database.bulk).get()
                var bytes = stored.bytes
                bytes[bytes.count / 2] ^= 1
                try ChunkBytesTable(connection: tables.connection).insert(id, bytes.span.bytes)
            }
        }
    }

    @Test func aStoreThatIsOnlyReadPatchesNothing() throws {
        try withCase { subject in
            let inode = try subject.status().inode
            #expect(try subject.update(store: subject.fixture.reopened(.readOnly)).written == 1)
            #expect(try subject.status().inode != inode)
            #expect(try subject.holds(Self.edited))
        }
    }

    @Test func changesAreTheChunksThatAreNotInTheirPlace() {
        func list(_ chunks: (id: Int, size: Int)...) -> [PlacedChunk] {
            var end = 0
            return chunks.map { chunk in
                defer { end += chunk.size }
                return PlacedChunk(id: chunk.id, range: end..<end + chunk.size)
            }
        }
        func changes(_ old: [PlacedChunk], _ new: [PlacedChunk]) -> [Int] {
            PlacedChunk.changes(from: old, to: new).map(\.id)
        }
        let old = list((1, 10), (2, 20), (3, 30), (4, 5))
        #expect(changes(old, old) == [])
        #expect(changes([], old) == [1, 2, 3, 4])
        #expect(changes(old, []) == [])
        #expect(changes(old, list((1, 10), (7, 20), (3, 30), (4, 5))) == [7])
        // Two chunks in the place of one, and one in the place of two.
        #expect(changes(old, list((1, 10), (7, 5), (8, 15), (3, 30), (4, 5))) == [7, 8])
        #expect(changes(old, list((7, 30), (3, 30), (4, 5))) == [7])
        // Moved.
        #expect(changes(old, list((9, 1), (1, 10), (2, 20), (3, 30), (4, 5))) == [9, 1, 2, 3, 4])
        #expect(changes(old, list((1, 10), (2, 20), (3, 30), (4, 5), (1, 10))) == [1])
    }
}
