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
