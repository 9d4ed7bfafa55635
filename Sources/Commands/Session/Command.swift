import Arguments

/// A command: its syntax and its action.
protocol Command: SendableMetatype {
    /// The values from the command line, with defaults.
    associatedtype Values: CommandValues

    /// Name, description, operands and options.
    static var syntax: CommandSyntax<Values> { get }

    /// Whether it works on a store, which is then also searched for in the folders above.
    static var usesStore: Bool { get }

    /// Runs the command.
    static func run(_ values: Values, in session: Session) throws -> ExitStatus
}

extension Command {
    static var usesStore: Bool { true }
}

/// The values from a command line.
protocol CommandValues: Sendable {
    /// The defaults.
    init()
    /// The working directory from `-C`.
    var directory: String? { get }
}

/// A type-erased command, for the table of commands.
struct AnyCommand: Sendable {
    let name: String
    let isHidden: Bool
    let run: @Sendable ([String], Session) throws -> ExitStatus
    let help: @Sendable (_ width: Int) -> String
    /// The names of the options, with their dashes.
    let optionNames: @Sendable () -> [String]
    /// The name of the value in the help of an option that takes one; nil for another word.
    let placeholder: @Sendable (_ option: String) -> String?
    /// The names of the operands in the help, in order.
    let operandNames: @Sendable () -> [String]
    /// The page of the manual.
    let manual: @Sendable () -> ManualPage
    private let makeSummary: @Sendable () -> String

    /// One sentence for the list of commands.
    var summary: String { makeSummary() }

    /// A command with a name, which its syntax also contains: a syntax is built only for the command that is invoked.
    init<Type: Command>(_ name: String, _ type: Type.Type, isHidden: Bool = false) {
        self.name = name
        self.isHidden = isHidden
        optionNames = { Type.syntax.options.filter { !$0.isHidden }.flatMap(\.names) + ["--help"] }
        placeholder = { name in Type.syntax.options.first { $0.names.contains(name) }?.placeholder }
        operandNames = { Type.syntax.operands.map(\.placeholder) }
        makeSummary = { Type.syntax.summary }
        run = { words, session in
            var values = Type.Values()
            try Type.syntax.parse(words, into: &values)
            var session = session
            try session.enter(values.directory)
            if Type.usesStore { try session.enterStoreFolder() }
            return try Type.run(values, in: session)
        }
        manual = {
            Type.syntax.manual(program: "sluice", version: "sluice \(VersionCommand.version)")
        }
        help = { width in Type.syntax.help(program: "sluice", width: width) }
    }
}

/// A pipeline's parameters on the command line.
struct ParameterSettings: Sendable {
    /// `NAME=VALUE`, of `--set`.
    var assignments: [String] = []
    /// The files of `--params`.
    var files: [String] = []
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

    /// The option `--markdown`.
    static func markdown(_ keyPath: any WritableKeyPath<Values, Bool> & Sendable) -> Option {
        .flag("--markdown", sets: keyPath, "Print Markdown, for a pull request.")
    }

    /// The option `--set`.
    static func settings(_ keyPath: any WritableKeyPath<Values, ParameterSettings> & Sendable) -> Option {
        Option(
            ["--set"], "NAME=VALUE",
            "Override a parameter of the pipeline; a dotted name is an entry of a map."
        ) { values, text throws(ArgumentsError) in values[keyPath: keyPath].assignments.append(text) }
    }

    /// The option `--params`.
    static func parameterFiles(
        _ keyPath: any WritableKeyPath<Values, ParameterSettings> & Sendable
    ) -> Option {
        Option(
            ["--params"], "FILE",
            "Override the parameters in a YAML file; later files override earlier ones, and --set all of them."
        ) { values, text throws(ArgumentsError) in values[keyPath: keyPath].files.append(text) }
    }

    /// The option `--tag`.
    static func tags(_ keyPath: any WritableKeyPath<Values, [String]> & Sendable) -> Option {
        .texts(
            "--tag", placeholder: "TAG", adds: keyPath,
            "Only those of the named stages (all if none is named) that have this tag, or one of several.")
    }

    /// The option `--resource`.
    static func resources(_ keyPath: any WritableKeyPath<Values, [String]> & Sendable) -> Option {
        .texts(
            "--resource", placeholder: "NAME=COUNT", adds: keyPath,
            "The available amount of a custom resource that stages need, such as licenses=3.")
    }

    /// The option `--jobs`.
    static func jobs(_ keyPath: any WritableKeyPath<Values, Int?> & Sendable) -> Option {
        .integer(
            "-j", "--jobs", placeholder: "N", within: 1...4096, sets: keyPath,
            "The number of processor cores to use; all by default.")
    }
}
