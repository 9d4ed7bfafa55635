import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite struct FileSystemTests {
    @Test func makesMissingDirectories() throws {
        try withTemporaryFolder { folder in
            let deep = folder.appending("a/b/c")
            for _ in 0..<2 { try FileSystem.makeDirectories(deep) }
            #expect(try FileStatus(of: deep).kind == .directory)
            try write("x", to: folder.appending("file"))
            #expect(throws: FileError.self) { try FileSystem.makeDirectories(folder.appending("file")) }
            #expect(throws: FileError.self) { try FileSystem.makeDirectories(folder.appending("file/below")) }
        }
    }

    @Test func removesReadOnlyTreesWithoutFollowingLinks() throws {
        try withTemporaryFolder { folder in
            let tree = folder.appending("tree")
            try write("x", to: tree.appending("deep/file"))
            try write("stays", to: folder.appending("outside/file"))
            try FileSystem.symbolicLink(to: folder.appending("outside"), at: tree.appending("link"))
            try FileSystem.symbolicLink(to: "/nowhere", at: tree.appending("dangling"))
            try FileSystem.setMode(0o444, of: tree.appending("deep/file"))
            try FileSystem.setMode(0o500, of: tree.appending("deep"))
            try FileSystem.setMode(0o000, of: tree)
            try FileSystem.removeTree(tree)
            #expect(!FileSystem.exists(tree))
            #expect(try read(folder.appending("outside/file")) == "stays")
            try FileSystem.removeTree(tree)
            try FileSystem.removeTree(folder.appending("outside/file"))
            #expect(try FileSystem.names(in: folder) == ["outside"])
        }
    }

    /// Every write after a stamp changes the time, even at once.
    @Test func aStampTellsLaterWrites() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            try write("one", to: path)
            for _ in 0..<200 {
                // Nil only in the nanosecond in which the system's clock ticks.
                guard let stamped = FileSystem.stampModified(path) else { continue }
                #expect(try FileStatus(of: path) == stamped)
                try File(path, .updating).write([0x32].span.bytes, at: 0)
                #expect(try FileStatus(of: path).modified != stamped.modified)
            }
            #expect(FileSystem.stampModified(path) != nil || FileSystem.stampModified(path) != nil)
            #expect(FileSystem.stampModified(folder.appending("none")) == nil)
            #expect(FileSystem.stampModified(folder) == nil)
        }
    }

    @Test func aLeaseIsGrantedOnlyIfNobodyElseHasTheFile() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            try write("one", to: path)
            let file = try File(path, .updating)
            let reader = try File(path, .reading)
            let wasGranted = file.takeLease()
            let wasHeld = file.holdsLease
            #expect(!wasGranted && !wasHeld)
            _ = consume reader
            let isGranted = file.takeLease()
            try #require(isGranted, "this file system has no leases")
            try FileSystem.rename(path, to: folder.appending("other"))
            let isHeld = file.holdsLease
            #expect(isHeld)
        }
    }

    @Test func namesAreSortedByTheirBytes() throws {
        try withTemporaryFolder { folder in
            for name in ["b", "a", "Z", "é", "e\u{301}", ".hidden", "10", "9"] {
                try write("", to: folder.appending(name))
            }
            #expect(
                try FileSystem.names(in: folder).map { Array($0.utf8) }
                    == [".hidden", "10", "9", "Z", "a", "b", "e\u{301}", "é"].map { Array($0.utf8) })
            #expect(throws: FileError.self) { try FileSystem.names(in: folder.appending("no")) }
        }
    }

    @Test func namesThatAreNotUTF8RoundTrip() throws {
        try withTemporaryFolder { folder in
            let tree = folder.appending("tree")
            try FileSystem.makeDirectories(tree)
            _ = try BuiltProgram(at: "/bin/sh").run(
                ["-c", #"mkdir "$(printf 'd\377')" && printf x > "$(printf 'd\377/f\376')""#], in: tree)
            let names = try FileSystem.names(in: tree)
            #expect(names.map { FilePath($0).bytes } == [[0x64, 0xFF]])
            let inner = tree.appending(names[0])
            let file = inner.appending(try FileSystem.names(in: inner)[0])
            #expect(try FileContents.readText(file) == "x")
            #expect(try FileStatus(of: file).kind == .file)
            #expect(try FileSystem.canonical(file).bytes.suffix(5) == [0x64, 0xFF, 0x2F, 0x66, 0xFE])
            let moved = tree.appending(FilePath(bytes: [0xE9]).text)
            try FileSystem.rename(file, to: moved)
            try FileSystem.symbolicLink(to: FilePath(bytes: [0xE9]), at: tree.appending("link"))
            #expect(try FileContents.readText(tree.appending("link")) == "x")
            #expect(try FileSystem.target(ofLink: tree.appending("link")).bytes == [0xE9])
            try FileSystem.removeTree(tree)
            #expect(!FileSystem.exists(tree))
        }
    }

    @Test func linksAndNames() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending("file")
            try write("x", to: file)
            try FileSystem.link(file, at: folder.appending("second"))
            #expect(try FileStatus(of: file).linkCount == 2)
            #expect(try FileStatus(of: file).inode == FileStatus(of: folder.appending("second")).inode)
            #expect(throws: FileError.self) {
                try FileSystem.link(file, at: folder.appending("second"))
            }
            try FileSystem.symbolicLink(to: "file", at: folder.appending("soft"))
            #expect(
                try FileManager.default.destinationOfSymbolicLink(
                    atPath: folder.appending("soft").text) == "file")
            #expect(try FileSystem.canonical(folder.appending("./soft")).lastComponent == "file")
            #expect(try FileStatus(of: folder.appending("soft"), followsLinks: false).kind == .symbolicLink)
            #expect(try FileStatus(of: folder.appending("soft")).kind == .file)
            try FileSystem.rename(file, to: folder.appending("third"))
            #expect(!FileSystem.exists(file))
            #expect(FileSystem.exists(folder.appending("soft")))
            let missing = #expect(throws: FileError.self) {
                try FileSystem.rename(file, to: folder.appending("x"))
            }
            #expect(missing?.isMissing == true)
            try FileSystem.setModified(1_000_000_000, of: folder.appending("third"))
            #expect(try FileStatus(of: folder.appending("third")).modified == 1_000_000_000_000_000_000)
        }
    }

    @Test func errorsSayWhatWentWrongAndWhere() throws {
        let error = #expect(throws: FileError.self) { _ = try FileContents.read("/no/such/file") }
        #expect(error?.description == "cannot open /no/such/file: No such file or directory")
    }

    @Test func thereIsSpace() throws {
        #expect(try FileSystem.freeSpace(at: "/") > 0)
    }
}
