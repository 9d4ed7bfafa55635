import Testing

/// The members of a type, found in the text of formatted source files.
enum DeclaredMembers {
    /// The names of what the declaration of a type and its extensions declare in formatted source, private members
    /// included.
    static func names(of type: String, in text: String) -> [String] {
        let declarations: Set = [
            "func", "var", "let", "init", "subscript", "struct", "enum", "class", "actor", "typealias",
        ]
        var members: [String] = []
        var isInside = false
        for line in text.split(separator: "\n") {
            if line.first != " " {
                let found = words(line)
                let isOfType = found.indices.dropFirst().contains {
                    found[$0] == type && ["class", "extension"].contains(found[$0 - 1])
                }
                isInside = line.hasSuffix("{") && isOfType
            }
            let code = line.dropFirst(4)
            guard isInside, line.hasPrefix("    "), code.first != " ", !code.hasPrefix("//") else { continue }
            let found = words(code)
            guard let keyword = found.firstIndex(where: declarations.contains) else { continue }
            switch found[keyword] {
            case "init", "subscript": members.append(found[keyword])
            case "var", "let":
                // Several may be declared in one line.
                let list = code.prefix { $0 != "{" }.split(separator: ",")
                members += list.enumerated().compactMap { index, part in
                    index == 0 ? found[keyword + 1] : words(part).first
                }
            default: members.append(found[keyword + 1])
            }
        }
        return members
    }

    private static func words(_ line: Substring) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }
}

struct DeclaredMembersTests {
    @Test func membersAreCounted() {
        let text = """
            public final class ArtifactStore: ArtifactStoring {
                public enum Mode { case one }
                @discardableResult public static func a() { let b = 1 }
                func a(
                    _ c: Int
                ) {
                    var d = c
                }
                private(set) var e = 0, f = 1
                // let g
                subscript(h: Int) -> Int { h }
            }

            extension ArtifactStore {
                package var i: Int { 1 }
            }

            struct ArtifactStoreless {
                let j = 1
            }
            """
        #expect(
            DeclaredMembers.names(of: "ArtifactStore", in: text) == [
                "Mode", "a", "a", "e", "f", "subscript", "i",
            ])
    }
}
