import Files
import Testing

@Suite struct FilePathTests {
    @Test func componentsAndParents() {
        #expect(FilePath("/a/b/c.txt").lastComponent == "c.txt")
        #expect(FilePath("/a/b/c.txt").parent == "/a/b")
        #expect(FilePath("/a").parent == "/")
        #expect(FilePath("/").parent == "/")
        #expect(FilePath("c.txt").parent == ".")
        #expect(FilePath("a//b/").lastComponent == "b")
        #expect(FilePath("a").appending("b/c") == "a/b/c")
        #expect(FilePath("a/").appending("b") == "a/b")
        #expect(FilePath("").appending("b") == "b")
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
