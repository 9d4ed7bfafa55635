import Testing

@testable import Confinement

struct PathBytesTests {
    @Test(arguments: [
        ("/", true), ("/a", true), ("/a/b.c/..d", true), ("", false), ("a", false), ("/a/", false),
        ("//a", false), ("/a//b", false), ("/./a", false), ("/a/.", false), ("/a/../b", false),
        ("/..", false),
    ])
    func plainPathsAreAsTheKernelWritesThem(text: String, isPlain: Bool) {
        #expect(PathBytes(text).isPlain == isPlain)
    }

    @Test func beingWithinGoesByWholeNames() {
        let folder = PathBytes("/a/b")
        #expect(PathBytes("/a/b").isWithin(folder))
        #expect(PathBytes("/a/b/c").isWithin(folder))
        #expect(!PathBytes("/a/bc").isWithin(folder))
        #expect(!PathBytes("/a").isWithin(folder))
        #expect(PathBytes("/a").isWithin(.root))
        #expect(PathBytes("/a/b/c/d").relative(to: folder) == PathBytes("c/d"))
        #expect(PathBytes("/a/b").relative(to: folder) == nil)
        #expect(PathBytes("/a/b").relative(to: .root) == folder.relative(to: .root))
    }

    @Test func canonicallyEqualNamesAreDifferentPaths() {
        let composed = PathBytes("/caf\u{E9}")
        let decomposed = PathBytes("/cafe\u{301}")
        #expect(composed != decomposed)
        #expect(!decomposed.isWithin(composed))
        #expect(!PathBytes("/cafe\u{301}/x").isWithin(PathBytes("/cafe")))
    }

    @Test func partsAndParents() {
        #expect(PathBytes("/a/b").parent == PathBytes("/a"))
        #expect(PathBytes("/a").parent == .root)
        #expect(PathBytes.root.parent == .root)
        #expect(
            PathBytes("/a//b/./c").components.map { String(decoding: $0, as: UTF8.self) } == ["a", "b", "c"])
        #expect(PathBytes.root.appending(Array("a".utf8)) == PathBytes("/a"))
        #expect(PathBytes("/a").appending(Array("b/c".utf8)) == PathBytes("/a/b/c"))
    }
}
