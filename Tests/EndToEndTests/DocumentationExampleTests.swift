import Files
import TestSupport
import Testing

/// The examples in README.md and in Docs.
///
/// A fenced block with a title is a file, and one in the language `console` a session: its lines with `$` run, in order, in the
/// folder of the page's files, and each line that is shown must be among those that are printed, except for times, sizes and
/// digests.
struct DocumentationExampleTests {
    private static let root = FilePath(#filePath).parent.parent.parent

    /// A fenced block.
    private struct Block {
        let language: String
        let title: String?
        let lines: [String]

        static func all(in text: String) -> [Block] {
            var blocks: [Block] = []
            var opening: (margin: Int, information: String)?
            var lines: [String] = []
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                let margin = line.prefix { $0 == " " }.count
                let isFence = line.dropFirst(margin).hasPrefix("```")
                if let begun = opening {
                    if isFence {
                        let title = begun.information.firstMatch(of: /title="([^"]+)"/).map {
                            String($0.output.1)
                        }
                        let language = begun.information.prefix { $0 != " " }
                        blocks.append(Block(language: String(language), title: title, lines: lines))
                        (opening, lines) = (nil, [])
                    } else {
                        lines.append(String(line.dropFirst(min(margin, begun.margin))))
                    }
                } else if isFence {
                    opening = (margin, String(line.dropFirst(margin + 3)))
                }
            }
            return blocks
        }
    }

    private static func pages() throws -> [(name: String, blocks: [Block])] {
        let docs = try FileSystem.names(in: root.appending("Docs")).filter { $0.hasSuffix(".md") }
        return try (["README.md"] + docs.sorted().map { "Docs/" + $0 }).map { name in
            (name, Block.all(in: try read(root.appending(name))))
        }
    }

    @Test(arguments: [
        "README.md", "Docs/tutorial.md", "Docs/coming-from.md", "Docs/json.md",
    ])
    func sessionsDoWhatTheyShow(page: String) throws {
        let blocks = try #require(try Self.pages().first { $0.name == page }).blocks
        #expect(blocks.contains { $0.title != nil || $0.language == "console" })
        try withWorkspace { workspace in
            for block in blocks {
                if let title = block.title {
                    try workspace.write(block.lines.joined(separator: "\n") + "\n", to: title)
                } else if block.language == "console" {
                    try run(block.lines, in: workspace)
                }
            }
        }
    }

    private func run(_ lines: [String], in workspace: Workspace) throws {
        let program = BuiltProgram.sluice.path.parent.text
        var rest = lines[...]
        while let line = rest.popFirst() {
            guard line.hasPrefix("$ ") else {
                Issue.record("a session begins with a command: \(line)")
                return
            }
            let command = String(line.dropFirst(2))
            let shown = rest.prefix { !$0.hasPrefix("$ ") }
            rest = rest.dropFirst(shown.count)
            let outcome = try BuiltProgram(at: "/bin/bash").run(
                ["-c", command], in: workspace.folder,
                environment: ["PATH": program + ":/usr/local/bin:/usr/bin:/bin"], seconds: 300)
            #expect(outcome.status == 0, "\(command): \(outcome.errors)")
            let printed = (outcome.output + outcome.errors).split(separator: "\n").map {
                Self.plain(String($0))
            }
            for line in shown where !["", "…"].contains(line) {
                #expect(printed.contains(Self.plain(line)), "\(command) did not print: \(line)\n\(printed)")
            }
        }
    }

    /// A line without what differs from run to run.
    private static func plain(_ line: String) -> String {
        var line = line.replacing(/\b[0-9a-f]{12,64}\b/, with: "DIGEST")
        line = line.replacing(/\b[0-9][0-9.,]*[ ]?(ms|min|s|h|B|kB|MB|GB)\b/, with: "AMOUNT")
        line = line.replacing(/[ ]{2,}/, with: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Whatever looks like a whole pipeline has a title, and is one.
    @Test func pipelinesInTheDocumentationAreSound() throws {
        var count = 0
        for (name, blocks) in try Self.pages() {
            for block in blocks where block.lines.contains(where: { $0.hasPrefix("pipeline:") }) {
                #expect(block.language == "yaml", "\(name)")
                count += 1
                try withWorkspace(block.lines.joined(separator: "\n") + "\n") { workspace in
                    // What it includes.
                    for file in blocks {
                        guard let title = file.title, !title.contains("/") else { continue }
                        try workspace.write(file.lines.joined(separator: "\n") + "\n", to: title)
                    }
                    try workspace.write(block.lines.joined(separator: "\n") + "\n")
                    // Without looking at files, which a page need not have; but a pattern has to match.
                    try FileSystem.makeDirectory(workspace.folder.appending("docs"))
                    try write("", to: workspace.folder.appending("docs/a.txt"))
                    let outcome = try workspace.sluice("graph", "p.yaml")
                    #expect(outcome.status == 0, "\(name): \(outcome.errors)")
                }
            }
        }
        #expect(count > 12)
    }
}
