package import StageSchemas
package import Texts

/// How what is put into a command is quoted: in a shell's by where it stands, in another interpreter's as a literal.
package struct CommandQuoting: Sendable {
    /// A place in a command.
    package enum Place: Sendable {
        /// In a shell's text.
        case shell(ShellScanner.Context)
        /// In the text of another interpreter: texts are literals as in JSON, which most languages read.
        case literal
    }

    private static let shells: Set = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"]

    /// Nil for interpreters that are no shell.
    private var scanner: ShellScanner?

    /// The quoting of an interpreter's text, from its beginning.
    package init(interpreter: [String]) {
        let name =
            interpreter.first?.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? "sh"
        scanner = Self.shells.contains(name) ? ShellScanner() : nil
    }

    /// Goes on behind a text that stands in the command as it is.
    package mutating func pass(_ text: String) { scanner?.scan(text) }

    /// This place, behind which the command goes on; nil if a backslash before it would change what is put there.
    package mutating func place() -> Place? {
        guard let scanner else { return .literal }
        defer { self.scanner?.skip() }
        return scanner.context.map { .shell($0) }
    }
}

extension CommandQuoting.Place {
    /// A value, which is written so, as one word or literal; nil if it cannot stand here.
    package func quoted(_ value: Value, written text: String) -> String? {
        switch self {
        case .shell(let context): return context.quoted(text)
        case .literal:
            if case .string = value { return Value.string(text).json }
            return text
        }
    }

    /// Paths, a word for each, or a literal.
    ///
    /// - Parameter isList: true if there could be others than one.
    package func quoted(paths: [String], isList: Bool) -> String? {
        switch self {
        // What is not there is an empty word, not none.
        case .shell(.bare):
            return paths.isEmpty && !isList ? "''" : paths.map(\.shellQuoted).joined(separator: " ")
        case .shell(let context): return context.quoted(paths.joined(separator: " "))
        case .literal:
            let list = Value.list(paths.map { .string($0) })
            return isList ? list.json : paths.first.map { Value.string($0).json } ?? "null"
        }
    }
}
