import Glibc
import TestSupport
import Testing

@testable import Files

@Suite struct FileContentsTests {
    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 200_000]) func wholeFilesComeBack(count: Int) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            try FileContents.write(bytes(count), to: path)
            #expect(try FileContents.read(path) == bytes(count))
            #expect(try FileContents.read(path, limit: count) == bytes(count))
            if count > 0 {
                #expect(throws: FileError.self) { try FileContents.read(path, limit: count - 1) }
            }
            try FileContents.copy(path, to: folder.appending("copy"))
            #expect(try FileContents.read(folder.appending("copy")) == bytes(count))
            let mapped = try FileContents.withMapped(path) { span in span.indices.map { span[$0] } }
            #expect(mapped == bytes(count))
            let whole = try File(path, .reading)
            var appended: [UInt8] = [1, 2]
            while try whole.read(upTo: 1000, appendingTo: &appended) > 0 {}
            #expect(appended == [1, 2] + bytes(count))
            var tail: [UInt8] = [1, 2]
            let start = count / 3
            #expect(try whole.read(upTo: count + 1, from: start, appendingTo: &tail) == count - start)
            #expect(tail == [1, 2] + bytes(count)[start...])
            for size in [1000, 4096, 1 << 18] {
                var pieces: [[UInt8]] = []
                try FileContents.forEachPiece(of: path, size: size) { piece in
                    pieces.append(
                        (0..<piece.byteCount).map { piece.unsafeLoad(fromByteOffset: $0, as: UInt8.self) })
                }
                #expect(pieces.flatMap { $0 } == bytes(count))
                #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= size })
            }
            let file = try File(path, .reading)
            #expect(try file.read(upTo: 100_000, from: 0) == Array(bytes(count).prefix(100_000)))
            #expect(try file.read(upTo: 10, from: 4090) == Array(bytes(count).dropFirst(4090).prefix(10)))
            // Nothing temporary is left.
            #expect(try FileSystem.names(in: folder) == ["copy", "file"])
        }
    }

    @Test func filesWithoutASizeAreRead() throws {
        #expect(try !FileContents.readText("/proc/self/status").isEmpty)
        #expect(throws: FileError.self) { try FileContents.readText("/proc/self/status", limit: 10) }
    }

    @Test func writingReplacesAtomicallyAndLinksKeepTheOldBytes() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            try FileContents.write("old", to: path)
            try FileSystem.link(path, at: folder.appending("old"))
            try FileContents.write("new", to: path)
            #expect(try read(path) == "new")
            #expect(try read(folder.appending("old")) == "old")
            #expect(throws: FileError.self) { try FileContents.write("x", to: folder.appending("no/file")) }
        }
    }

    @Test func openModes() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            do {
                let file = try File(path, .creating)
                try file.write(Array("ab".utf8))
                try file.synchronize()
            }
            #expect(throws: FileError.self) { _ = try File(path, .creating) }
            do {
                let file = try File(path, .appending)
                try file.write(Array("cd".utf8))
            }
            let file = try File(path, .reading)
            #expect(try file.read(upTo: 3) == Array("abc".utf8))
            #expect(try file.read(upTo: 3) == Array("d".utf8))
            #expect(try file.read(upTo: 3).isEmpty)
            #expect(try file.status().size == 4)
            #expect(throws: FileError.self) { try file.write([1]) }
            _ = try File(path, .writing)
            #expect(try FileStatus(of: path).size == 0)
        }
    }

    @Test func aLockExcludesOthers() throws {
        try withTemporaryFolder { folder in
            let first = try File(folder.appending("lock"), .writing)
            let second = try File(folder.appending("lock"), .writing)
            #expect(try first.lock())
            #expect(try second.lock() == false)
            #expect(try first.lock(isExclusive: false))
            #expect(try second.lock(isExclusive: false))
            #expect(try second.lock() == false)
        }
    }

    @Test(arguments: ["", "ab", "abcdefgh"])
    func overwritingLeavesNothingOfTheOldBytes(old: String) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("f")
            if !old.isEmpty { try write(old, to: path) }
            try FileContents.overwrite(path, with: Array("new".utf8))
            #expect(try FileContents.readText(path) == "new")
        }
    }

    @Test func aLinkIsNotOverwritten() throws {
        try withTemporaryFolder { folder in
            try write("mine", to: folder.appending("target"))
            try FileSystem.symbolicLink(to: "target", at: folder.appending("link"))
            #expect(throws: FileError.self) {
                try FileContents.overwrite(folder.appending("link"), with: [1])
            }
            #expect(try FileContents.readText(folder.appending("target")) == "mine")
        }
    }

    /// The trouble is the link, and not that something is there.
    @Test func aLinkToNothingIsNotWrittenThrough() throws {
        try withTemporaryFolder { folder in
            try FileSystem.symbolicLink(to: "nothing", at: folder.appending("link"))
            let error = #expect(throws: FileError.self) {
                try FileContents.overwrite(folder.appending("link"), with: [1])
            }
            #expect(error?.isNotDirectory == false)
            #expect(!FileSystem.exists(folder.appending("nothing")))
        }
    }

    /// Replacing `/dev/full` or a named pipe by a file would break it for everybody.
    @Test func onlyRegularFilesAreReplaced() throws {
        try withTemporaryFolder { folder in
            let pipe = folder.appending("pipe")
            #expect(mkfifo(pipe.text, 0o600) == 0)
            let reader = open(pipe.text, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            try FileContents.write("text", to: pipe)
            var bytes = [UInt8](repeating: 0, count: 8)
            #expect(Glibc.read(reader, &bytes, 8) == 4 && bytes.starts(with: Array("text".utf8)))
            #expect(try FileStatus(of: pipe).kind == .other)
            #expect(try FileSystem.names(in: folder) == ["pipe"])
        }
    }
}
