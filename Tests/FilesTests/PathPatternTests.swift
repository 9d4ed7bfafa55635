import Files
import TestSupport
import Testing

/// Files found by a pattern.
struct PathPatternTests {
    private static let files = [
        "a.txt", "b.md", ".hidden.txt", "docs/one.txt", "docs/two.txt", "docs/deep/three.txt",
        "docs/.git/four.txt", "docs/deep/er/five.txt", "x[1].txt", "é.txt",
    ]

    private func withFiles(_ body: (FilePath) throws -> Void) throws {
        try withTemporaryFolder { folder in
            for file in Self.files {
                let path = folder.appending(file)
                try FileSystem.makeDirectories(path.parent)
                try write("x", to: path)
            }
            try FileSystem.symbolicLink(to: "deep", at: folder.appending("docs/link"))
            try FileSystem.symbolicLink(to: "nowhere", at: folder.appending("docs/gone.txt"))
            try body(folder)
        }
    }

    @Test(
        arguments: [
            ("*.txt", ["a.txt", "x[1].txt", "é.txt"]), ("?.txt", ["a.txt", "é.txt"]),
            ("*", ["a.txt", "b.md", "x[1].txt", "é.txt"]), (".*.txt", [".hidden.txt"]),
            ("[ab].*", ["a.txt", "b.md"]), ("[!a-c].txt", ["é.txt"]), ("x[[]1].txt", ["x[1].txt"]),
            ("docs/*.txt", ["one.txt", "two.txt"]), ("docs/one.txt", ["one.txt"]), ("docs/none*", []),
            ("docs/**/*.txt", ["deep/er/five.txt", "deep/three.txt", "one.txt", "two.txt"]),
            ("docs/**", ["deep/er/five.txt", "deep/three.txt", "one.txt", "two.txt"]),
            ("docs/*/three.txt", ["deep/three.txt", "link/three.txt"]),
            ("**/deep/**/*.txt", ["docs/deep/er/five.txt", "docs/deep/three.txt"]),
            ("docs/**/**/five.txt", ["deep/er/five.txt"]), ("*/deep/../one.txt", nil), ("docs/[a", nil),
            ("", nil),
            ("docs/", nil),
        ] as [(String, [String]?)])
    func aPatternMatches(_ text: String, _ expected: [String]?) throws {
        try withFiles { folder in
            guard let expected else {
                #expect(throws: PathPattern.Mistake.self) { try PathPattern(text) }
                return
            }
            let found = try PathPattern(text).matches(in: folder)
            #expect(found == expected, "\(text)")
        }
    }

    /// If inaccessible files were left out, they would be missing silently.
    @Test func inaccessibleFilesAreAnError() throws {
        try withFiles { folder in
            try FileSystem.symbolicLink(to: "loop.txt", at: folder.appending("docs/loop.txt"))
            #expect(throws: FileError.self) { try PathPattern("docs/*.txt").matches(in: folder) }
            #expect(try PathPattern("docs/one*").matches(in: folder) == ["one.txt"])
        }
    }

    @Test func aMatchIsWrittenLikeThePattern() throws {
        #expect(try PathPattern("docs/*.txt").path(of: "a.txt") == "docs/a.txt")
        #expect(try PathPattern("*.txt").path(of: "a.txt") == "a.txt")
        #expect(try PathPattern("./*.txt").path(of: "a.txt") == "./a.txt")
        #expect(try PathPattern("/data/*.txt").path(of: "a.txt") == "/data/a.txt")
        #expect(try PathPattern("/*.txt").path(of: "a.txt") == "/a.txt")
    }

    @Test func hiddenFilesDoNotMatch() throws {
        try withFiles { folder in
            // Another way to the same folder.
            let hidden = HiddenEntries([folder.appending("docs/link/er"), folder.appending("docs/one.txt")])
            let found = try PathPattern("docs/**").matches(in: folder, hiding: hidden)
            #expect(found == ["deep/three.txt", "two.txt"])
            let (above, below) = (
                try FileSystem.canonical(folder), try FileSystem.canonical(folder.appending("docs/deep/er"))
            )
            #expect(hidden.isBelow(above) && !hidden.isBelow(below))
        }
    }

    @Test func aMissingFolderIsAnError() throws {
        try withFiles { folder in
            #expect(throws: FileError.self) { try PathPattern("none/*.txt").matches(in: folder) }
        }
    }

    @Test func manyStarsTakeNoTime() throws {
        try withTemporaryFolder { folder in
            try write("x", to: folder.appending(String(repeating: "a", count: 200)))
            let found = try PathPattern(String(repeating: "*a", count: 100) + "b").matches(in: folder)
            #expect(found == [])
        }
    }
}
