import Files
import TestSupport
import Testing

@Suite struct FilePathTests {
    @Test func componentsAndParents() {
        #expect(FilePath("/a/b/c.txt").lastComponent == "c.txt")
        #expect(FilePath("/a/b/c.txt").parent == "/a/b")
        #expect(FilePath("/a").parent == "/")
        #expect(FilePath("/").parent == "/")
        #expect(FilePath("c.txt").parent == ".")
        #expect(FilePath("a/b").parent == "a")
        #expect(FilePath("a//b//").parent == "a")
        #expect(FilePath("//a//b//c/").parent == "/a/b")
        #expect(FilePath("").parent == "")
        #expect(FilePath("a//b/").lastComponent == "b")
        #expect(FilePath("a").appending("b/c") == "a/b/c")
        #expect(FilePath("a/").appending("b") == "a/b")
        #expect(FilePath("").appending("b") == "b")
    }

    /// The system would cut the path off, and find another file.
    @Test func aPathWithANULDoesNotExist() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("a")
            try FileContents.write([1], to: path)
            let cut = FilePath(path.text + "\u{0}b")
            #expect(!FileSystem.exists(cut))
            #expect(throws: FileError.self) { try FileContents.read(cut) }
            #expect(throws: FileError.self) { try FileSystem.removeFile(cut) }
            try FileSystem.removeTree(cut)
            #expect(throws: FileError.self) { try FileContents.write([2], to: cut) }
            #expect(throws: FileError.self) { try FileSystem.rename(path, to: cut) }
            #expect(try FileContents.read(path) == [1])
        }
    }

    /// Disks know of times that nanoseconds in 64 bits do not.
    @Test(arguments: [10_000_000_000, 15_000_000_000, -2_000_000_000] as [Int64])
    func aFileMayBeOfAnyYear(seconds: Int64) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("a")
            try FileContents.write([1], to: path)
            try FileSystem.setModified(seconds, of: path)
            #expect(try FileStatus(of: path).size == 1)
        }
    }

    @Test func resolvesAgainstADirectory() {
        #expect(FilePath("data/x").resolved(against: "/work") == "/work/data/x")
        #expect(FilePath("/data/x").resolved(against: "/work") == "/data/x")
    }

    @Test func ordersByBytes() {
        let paths: [FilePath] = ["b", "Z", "é", "e\u{301}", "a/b", "a"]
        #expect(paths.sorted().map(\.text) == ["Z", "a", "a/b", "b", "e\u{301}", "é"])
    }
}

@Test(arguments: [
    ("v1.so", 0, true), ("../x", 0, false), ("../x", 1, true), ("../../x", 1, false), ("a/../../x", 5, false),
    ("./a", 0, true), ("/etc/passwd", 9, false), ("..", 1, true), ("", 0, false), (".", 0, true),
])
func aLinkStaysInItsTree(target: String, depth: Int, stays: Bool) {
    #expect(FilePath(target).staysInTree(depth: depth) == stays)
}
