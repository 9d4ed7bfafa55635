import Testing

@testable import YAML

struct YAMLDocumentTests {
    /// A node as text: scalars as `p:` plain or `q:` quoted.
    private func shown(_ node: Node) -> String {
        switch node.content {
        case .scalar(let text, let isPlain): (isPlain ? "p:" : "q:") + text
        case .sequence(let nodes): "[" + nodes.map(shown).joined(separator: " ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key)=\(shown($0.value))" }.joined(separator: " ") + "}"
        }
    }

    private func shown(_ text: String) throws -> String { shown(try YAMLDocument.parse(text)) }

    private func failure(_ text: String) -> String? {
        do {
            _ = try YAMLDocument.parse(text)
            return nil
        } catch {
            return "\(error.mark.line):\(error.mark.column): \(error.message)"
        }
    }

    @Test func blockAndFlowStylesAreEquivalent() throws {
        #expect(try shown("a: 1\nb:\n  - x\n  - 'y'\n") == "{a=p:1 b=[p:x q:y]}")
        #expect(try shown("{ a: 1, b: [x, \"y\"] }") == "{a=p:1 b=[p:x q:y]}")
        #expect(try shown("a: |\n  two\n  lines\n") == "{a=q:two\nlines\n}")
    }

    @Test func aliasesAreExpanded() throws {
        #expect(try shown("a: &x [1, 2]\nb: *x\n") == "{a=[p:1 p:2] b=[p:1 p:2]}")
        #expect(failure("a: *nothing\n") != nil)
    }

    @Test(arguments: [
        ("a: &x { p: 1, q: 2 }\nb: { <<: *x }\n", "{a={p=p:1 q=p:2} b={p=p:1 q=p:2}}"),
        // Explicit entries take precedence, before or after the merge key.
        ("a: &x { p: 1, q: 2 }\nb: { <<: *x, p: 3 }\n", "{a={p=p:1 q=p:2} b={p=p:3 q=p:2}}"),
        ("a: &x { p: 1, q: 2 }\nb: { p: 3, <<: *x }\n", "{a={p=p:1 q=p:2} b={p=p:3 q=p:2}}"),
        // Of several maps the first that has a key counts.
        (
            "a: &x { p: 1 }\nb: &y { p: 2, q: 2 }\nc: { <<: [*x, *y] }\n",
            "{a={p=p:1} b={p=p:2 q=p:2} c={p=p:1 q=p:2}}"
        ),
        ("a: { <<: { p: 1 } }\n", "{a={p=p:1}}"), ("a: { '<<': 1 }\n", "{a={<<=p:1}}"),
    ]) func mergeKeysAddTheEntriesThatAreMissing(text: String, expected: String) throws {
        #expect(try shown(text) == expected)
    }

    @Test(arguments: ["a: { <<: 1 }\n", "a: { <<: [1] }\n", "a: { <<: { p: 1 }, <<: { q: 1 } }\n"])
    func onlyMapsAreMerged(text: String) { #expect(failure(text) != nil) }

    @Test func positionsCountFromOne() throws {
        guard case .mapping(let entries) = try YAMLDocument.parse("a: 1\n  \nbc: [x]\n").content else {
            Issue.record("it is a map")
            return
        }
        #expect(entries.map(\.mark.line) == [1, 3])
        #expect(entries.map(\.value.mark.column) == [4, 5])
    }

    @Test func anythingButOneDocumentIsAnError() {
        #expect(failure("a: 1\na: 2\n") == "2:1: duplicate key 'a', already defined on line 1")
        #expect(failure("a: 1\n---\nb: 2\n") != nil)
        #expect(failure("a: [1\n") != nil)
        #expect(failure("? [1, 2]\n: x\n") != nil)
        #expect(failure("a: \u{1}\n") != nil)
    }

    @Test(arguments: [2, 8, 9, 10, 40]) func duplicateKeysAreErrorsInMapsOfAnySize(_ count: Int) {
        let keys = (1...count).map { "k\($0): \($0)\n" }
        #expect(failure(keys.joined()) == nil)
        for repeated in 1..<count {
            let text = keys.dropLast().joined() + "k\(repeated): again\n"
            let message = "\(count):1: duplicate key 'k\(repeated)', already defined on line \(repeated)"
            #expect(failure(text) == message)
        }
    }
}
