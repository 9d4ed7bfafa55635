package import StageSchemas
package import Texts

/// Quotes what is substituted into a command: for a shell by context, for other interpreters as a literal.
package struct CommandQuoting: Sendable {
    /// A place in a command.
    package enum Place: Sendable {
        /// In a shell's text.
        case shell(ShellScanner.Context)
        /// In another interpreter's program: texts become string literals as in JSON, which most languages accept.
        case literal
    }

    private static let shells: Set = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"]

    /// Nil if the interpreter is not a shell.
    private var scanner: ShellScanner?

    /// The quoting at the beginning of an interpreter's program.
    package init(interpreter: [String]) {
        let name =
            interpreter.first?.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? "sh"
        scanner = Self.shells.contains(name) ? ShellScanner() : nil
    }

    /// Advances past text that is part of the command itself.
    package mutating func pass(_ text: String) { scanner?.scan(text) }

    /// The current place, after which the command continues; nil if a preceding backslash would change what is substituted.
    package mutating func place() -> Place? {
        guard let scanner else { return .literal }
        defer { self.scanner?.skip() }
        return scanner.context.map { .shell($0) }
    }
}

extension CommandQuoting.Place {
    /// A value with this spelling, as one word or literal; nil if nothing can be substituted here.
    package func quoted(_ value: Value, written text: String) -> String? {
        switch self {
        case .shell(let context): return context.quoted(text)
        case .literal:
            if case .string = value { return Value.string(text).json }
            return text
        }
    }

    /// Paths, as one word each, or as a literal.
    ///
    /// - Parameter isList: true if there may be any number of them.
    package func quoted(paths: [String], isList: Bool) -> String? {
        switch self {
        // A missing one becomes an empty word instead of no word.
        case .shell(.bare):
            return paths.isEmpty && !isList ? "''" : paths.map(\.shellQuoted).joined(separator: " ")
        case .shell(let context): return context.quoted(paths.joined(separator: " "))
        case .literal:
            let list = Value.list(paths.map { .string($0) })
            return isList ? list.json : paths.first.map { Value.string($0).json } ?? "null"
        }
    }
}
