import Files
import TestSupport
import Testing

@testable import Commands

/// README.md and the pages of Docs name commands, options and files that exist.
struct DocumentationTests {
    private static let root = FilePath(#filePath).parent.parent.parent

    private static func pages() throws -> [(name: String, text: String)] {
        let names =
            try ["README.md", "CONTRIBUTING.md"]
            + FileSystem.names(in: root.appending("Docs")).filter { $0.hasSuffix(".md") }.sorted().map {
                "Docs/" + $0
            }
        return try names.map { ($0, try read(root.appending($0))) }
    }

    /// The words of each `sluice …` in code, inline or in a block.
    private static func commandLines(in text: String) -> [[String]] {
        var lines: [[String]] = []
        var isCode = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop { $0 == " " }
            if trimmed.hasPrefix("```") {
                isCode.toggle()
                continue
            }
            let pieces: [Substring] =
                isCode
                ? [trimmed.hasPrefix("$ ") ? trimmed.dropFirst(2) : trimmed]
                : line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                    .filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
            for piece in pieces where piece.hasPrefix("sluice ") && !piece.hasPrefix("sluice  ") {
                // What follows a pipe, a semicolon or a comment is not an argument.
                let command = piece.prefix { !"|;#".contains($0) }
                lines.append(command.split(separator: " ").dropFirst().map(String.init))
            }
        }
        return lines
    }

    @Test func commandLinesInTheDocumentationExist() throws {
        var count = 0
        for (page, text) in try Self.pages() {
            for words in Self.commandLines(in: text) {
                var words = words[...]
                if words.first == "-C" { words = words.dropFirst(2) }
                // A placeholder, as in `sluice … --json`.
                guard let first = words.first, first.first?.isLetter == true else { continue }
                if HelpCommand.group(first, width: 80) != nil, words.count == 1 { continue }
                count += 1
                guard let (command, rest) = try? CommandLineTool.command(for: Array(words)) else {
                    Issue.record("\(page): there is no `sluice \(words.joined(separator: " "))`")
                    continue
                }
                for word in rest.prefix(while: { $0 != "--" }) where word.hasPrefix("-") {
                    let name = String(word.prefix { $0 != "=" && $0 != "," })
                    let isKnown =
                        command.optionNames().contains(name) || ["--color", "-h"].contains(name)
                        || (name.count > 2 && !name.hasPrefix("--")
                            && command.optionNames().contains(String(name.prefix(2))))
                    #expect(
                        isKnown, "\(page): `sluice \(words.joined(separator: " "))` has no option \(name)")
                }
            }
        }
        #expect(count > 100)
    }

    @Test func linksInTheDocumentationLeadToFiles() throws {
        for (page, text) in try Self.pages() {
            let folder = Self.root.appending(page).parent
            for match in text.matches(of: /\]\(([^)\s]+)\)/) {
                let link = String(match.output.1)
                guard !link.contains(":"), !link.hasPrefix("#") else { continue }
                let file = link.prefix { $0 != "#" }
                #expect(FileSystem.exists(folder.appending(String(file))), "\(page): \(link)")
            }
        }
    }

    /// What has `--json` has a schema of the command's name; what has none writes files or speaks to people only.
    @Test func everyDocumentHasASchema() throws {
        let schemas = Set(
            try FileSystem.names(in: Self.root.appending("Docs/schemas")).map {
                String($0.prefix { $0 != "." })
            })
        // `sweep` prints what `metrics` prints.
        let shared = ["sweep": "metrics"]
        for command in CommandLineTool.commands
        where !command.isHidden && command.optionNames().contains("--json") {
            let name = command.name.split(separator: " ").joined(separator: "-")
            #expect(schemas.contains(shared[name] ?? name), "\(command.name)")
        }
        // These change something, write files, or speak to people only.
        let others: Set = [
            "watch", "schema", "report", "cache cat", "cache get", "cache pin", "cache unpin",
            "cache clear-host",
            "init", "export openlineage", "export prov", "export ro-crate", "export", "import", "push",
            "pull", "remote add", "remote remove", "remote key",
            "ui", "completion", "help",
        ]
        for command in CommandLineTool.commands where !command.isHidden && !others.contains(command.name) {
            #expect(command.optionNames().contains("--json"), "\(command.name)")
        }
    }
}

@Test func momentsAreWrittenAsTheStandardSays() {
    #expect(Moments.iso8601(0) == "1970-01-01T00:00:00.000Z")
    #expect(Moments.iso8601(1_795_727_109.25) == "2026-11-26T21:05:09.250Z")
    #expect(Moments.iso8601(1.9999) == "1970-01-01T00:00:01.999Z")
}
