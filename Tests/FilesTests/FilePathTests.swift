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
