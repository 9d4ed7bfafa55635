import Arguments

/// One command: its syntax and what it does.
protocol Command: SendableMetatype {
    /// What the command line says, with the defaults.
    associatedtype Values: CommandValues

    /// Name, sentences, operands and options.
    static var syntax: CommandSyntax<Values> { get }

    /// Does it.
    static func run(_ values: Values, in session: Session) throws -> ExitStatus
}

/// What a command's line says.
protocol CommandValues: Sendable {
    /// The defaults.
    init()
    /// Where to work, from `-C`.
    var directory: String? { get }
}

/// A command of any type, as the table of commands holds it.
struct AnyCommand: Sendable {
    let name: String
    let isHidden: Bool
    let run: @Sendable ([String], Session) throws -> ExitStatus
    let help: @Sendable (_ width: Int) -> String
    private let makeSummary: @Sendable () -> String

    /// One sentence for people.
    var summary: String { makeSummary() }

    /// The command of a name, which its syntax has too: a syntax is made for the command that is called, not for all.
    init<Type: Command>(_ name: String, _ type: Type.Type, isHidden: Bool = false) {
        self.name = name
        self.isHidden = isHidden
        makeSummary = { Type.syntax.summary }
        run = { words, session in
            var values = Type.Values()
            try Type.syntax.parse(words, into: &values)
            try session.enter(values.directory)
            return try Type.run(values, in: session)
        }
        help = { width in Type.syntax.help(program: "sluice", width: width) }
    }
}

extension Option where Values: CommandValues {
    /// The option `-C DIR`.
    static func directory(_ keyPath: any WritableKeyPath<Values, String?> & Sendable) -> Option {
        .text("-C", "--directory", placeholder: "DIR", sets: keyPath, "Work in this directory.")
    }

    /// The option `--json`.
    static func json(_ keyPath: any WritableKeyPath<Values, Bool> & Sendable) -> Option {
        .flag("--json", sets: keyPath, "Print one JSON document on standard output.")
    }
}
