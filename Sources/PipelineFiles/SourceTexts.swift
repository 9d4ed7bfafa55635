import Synchronization
import YAML

/// The texts that a pipeline is read from: its file, and those that belong to it. They are only ever added to, so that a
/// mark keeps its meaning.
final class SourceTexts: Sendable {
    private struct Source {
        let file: String
        let text: String
        /// Split when the first mistake is reported.
        var lines: [String]?
    }

    private let sources = Mutex<[Source]>([])

    /// Adds a file.
    ///
    /// - Returns: its number, which is the source of its marks.
    func add(file: String, text: String) -> Int {
        sources.withLock { sources in
            sources.append(Source(file: file, text: text))
            return sources.count - 1
        }
    }

    /// The name of the file that a position is in.
    func file(of mark: Mark) -> String { sources.withLock { $0[mark.source].file } }

    /// The line that a position is on; empty if there is none.
    func line(at mark: Mark) -> String {
        sources.withLock { sources in
            let lines = sources[mark.source].lines ?? Self.lines(of: sources[mark.source].text)
            sources[mark.source].lines = lines
            return mark.line <= lines.count ? lines[mark.line - 1] : ""
        }
    }

    /// Where a placeholder is in the scalar that begins at a position: a block or a quoted text may have many lines. The position itself
    /// if it is not found, because the scalar writes it in another way.
    ///
    /// - Parameters:
    ///   - text: the placeholder, such as `${x}`; only what comes before white space counts, where YAML may break a line.
    ///   - count: how many equal ones are before it.
    func place(of text: String, after count: Int = 0, in scalar: Mark) -> Mark {
        let wanted = Array(text.unicodeScalars.prefix { !$0.properties.isWhitespace })
        guard wanted.count > 1 else { return scalar }
        return sources.withLock { sources in
            let lines = sources[scalar.source].lines ?? Self.lines(of: sources[scalar.source].text)
            sources[scalar.source].lines = lines
            var remaining = count
            let first = scalar.line - 1
            for index in first..<max(first, min(lines.count, first + Self.longestScalar)) {
                let characters = Array(lines[index].unicodeScalars)
                var column = index == first ? scalar.column - 1 : 0
                // A block begins on the next line; this one may have a comment.
                if index == first, Self.beginsBlock(characters.dropFirst(column)) { continue }
                while column + wanted.count <= characters.count {
                    if characters[column...].starts(with: wanted),
                        column == 0 || characters[column - 1] != "$"
                    {
                        if remaining == 0 {
                            return Mark(line: index + 1, column: column + 1, source: scalar.source)
                        }
                        remaining -= 1
                    }
                    column += 1
                }
            }
            return scalar
        }
    }

    /// In how many lines a placeholder is looked for.
    private static let longestScalar = 10_000

    /// True for the header of a block scalar, such as `|` or `>-`, perhaps after an anchor.
    private static func beginsBlock(_ line: ArraySlice<Unicode.Scalar>) -> Bool {
        var rest = line
        while let first = rest.first, first == "&" || first == "!" {
            rest = rest.drop { $0 != " " }.drop { $0 == " " }
        }
        return rest.first == "|" || rest.first == ">"
    }

    /// The lines as YAML counts them: they end with LF, CR LF, CR, or one of Unicode's three line ends.
    static func lines(of text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where afterReturn: break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append(String(line))
                line = String.UnicodeScalarView()
            // A byte order mark takes no column.
            case "\u{FEFF}" where lines.isEmpty && line.isEmpty: break
            default: line.append(scalar)
            }
            afterReturn = scalar == "\r"
        }
        return lines + [String(line)]
    }
}
