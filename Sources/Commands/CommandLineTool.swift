import Arguments
import ArtifactStore
import Glibc
import Processes
import Remotes
import Texts

/// The program `sluice`: finds the command, runs it, and turns errors into messages and exit codes.
public enum CommandLineTool: Sendable {
    /// The commands, in the order of the help.
    static let commands: [AnyCommand] = [
        AnyCommand("run", RunCommand.self),
        AnyCommand("watch", WatchCommand.self),
        AnyCommand("status", StatusCommand.self),
        AnyCommand("why", WhyCommand.self),
        AnyCommand("accept", AcceptCommand.self),
        AnyCommand("graph", GraphCommand.self),
        AnyCommand("check", CheckCommand.self),
        AnyCommand("kinds", KindsCommand.self),
        AnyCommand("schema", SchemaCommand.self),
        AnyCommand("runs show", RunShowCommand.self),
        AnyCommand("runs", RunsCommand.self),
        AnyCommand("compare", CompareCommand.self),
        AnyCommand("metrics", MetricsCommand.self),
        AnyCommand("sweep", SweepCommand.self),
        AnyCommand("report", ReportCommand.self),
        AnyCommand("ui", UICommand.self),
        AnyCommand("lineage", LineageCommand.self),
        AnyCommand("logs", LogsCommand.self),
        AnyCommand("cache ls", CacheListCommand.self),
        AnyCommand("cache show", CacheShowCommand.self),
        AnyCommand("cache cat", CacheCatCommand.self),
        AnyCommand("cache get", CacheGetCommand.self),
        AnyCommand("cache du", CacheUsageCommand.self),
        AnyCommand("cache verify", CacheVerifyCommand.self),
        AnyCommand("cache gc", CacheCollectCommand.self),
        AnyCommand("cache pin", CachePinCommand.self),
        AnyCommand("cache unpin", CacheUnpinCommand.self),
        AnyCommand("cache clear-host", CacheClearHostCommand.self),
        AnyCommand("init", InitCommand.self),
        AnyCommand("export openlineage", ExportOpenLineageCommand.self),
        AnyCommand("export prov", ExportProvenanceCommand.self),
        AnyCommand("export ro-crate", ExportCrateCommand.self),
        AnyCommand("export", ExportCommand.self),
        AnyCommand("import", ImportCommand.self),
        AnyCommand("push", PushCommand.self),
        AnyCommand("pull", PullCommand.self),
        AnyCommand("remote add", RemoteAddCommand.self),
        AnyCommand("remote list", RemoteListCommand.self),
        AnyCommand("remote remove", RemoteRemoveCommand.self),
        AnyCommand("remote ls", RemoteResultsCommand.self),
        AnyCommand("remote verify", RemoteVerifyCommand.self),
        AnyCommand("remote gc", RemoteCollectCommand.self),
        AnyCommand("remote key", RemoteKeyCommand.self),
        AnyCommand("completion", CompletionCommand.self),
        AnyCommand("complete", CompleteCommand.self, isHidden: true),
        AnyCommand("devices", DevicesCommand.self),
        AnyCommand("version", VersionCommand.self),
        AnyCommand("help", HelpCommand.self),
        AnyCommand("manual", ManualCommand.self, isHidden: true),
        AnyCommand("worker", WorkerCommand.self, isHidden: true),
        AnyCommand("slurm-task", SlurmTaskCommand.self, isHidden: true),
    ]

    /// Runs the command given by the words after the program's name.
    public static func run(_ words: [String]) -> ExitStatus {
        // Reaching the limit of `ulimit -f` is a write error, and does not kill the program.
        signal(SIGXFSZ, SIG_IGN)
        let session = Session(arguments: words, kinds: BuiltInKinds.registry)
        let status = run(words, session)
        guard let trouble = Terminal.outputTrouble else { return status }
        session.note("sluice: cannot write standard output: \(trouble)")
        return status == .done ? .stageFailed : status
    }

    private static func run(_ words: [String], _ session: Session) -> ExitStatus {
        do {
            return try dispatch(words, session)
        } catch {
            let failure = failure(error)
            let hint = error is ArgumentsError ? "\n" + hint(words) : ""
            session.note("sluice: \(failure.message)\(hint)")
            if words.prefix(while: { $0 != "--" }).contains("--json") { session.print(failure.document) }
            return failure.status
        }
    }

    /// A hint to the help for the arguments.
    private static func hint(_ words: [String]) -> String {
        guard let (command, _) = try? command(for: words), !command.isHidden else {
            return "`sluice help` lists the commands."
        }
        return "`sluice help \(command.name)` explains its arguments."
    }

    /// The failure that an error amounts to if it ends the program.
    private static func failure(_ error: any Error) -> CommandFailure {
        switch error {
        case let error as CommandFailure: error
        case let error as ArgumentsError: .usage(error.message)
        case let error as RemoteError: CommandFailure(error.exitStatus, error.message)
        case let error as StoreError: CommandFailure(error.exitStatus, error.message)
        default: CommandFailure(.stageFailed, "\(error)")
        }
    }

    private static func dispatch(_ words: [String], _ session: Session) throws -> ExitStatus {
        var words = words[...]
        // `sluice -C DIR run …` is familiar from git and make.
        while words.first == "-C" || words.first == "--directory" {
            guard words.count > 1 else { throw ArgumentsError("-C needs a value: -C DIR") }
            try session.enter(words[words.startIndex + 1])
            words = words.dropFirst(2)
        }
        let hidden = words.first == "worker"
        var session = session
        session.terminal.coloring = try takeColoring(from: &words)
        let beforeTerminator = words.prefix { $0 != "--" }
        let wantsHelp = !hidden && beforeTerminator.contains { $0 == "--help" || $0 == "-h" }
        if words.first == "--version" { words = ["version"] }
        let named = wantsHelp ? Array(words.filter { $0 != "--help" && $0 != "-h" }) : Array(words)
        if wantsHelp && named.isEmpty { return try HelpCommand.run(HelpCommand.Values(), in: session) }
        if named.isEmpty { return try HelpCommand.run(HelpCommand.Values(), in: session) }
        if named.count == 1, let group = HelpCommand.group(named[0], width: helpWidth(session)) {
            session.print(group)
            return .done
        }
        let (command, rest) = try command(for: named)
        if wantsHelp {
            session.print(command.help(helpWidth(session)))
            return .done
        }
        try reserveDescriptors()
        return try command.run(rest, session)
    }

    private static func reserveDescriptors() throws {
        let limit = DescriptorLimit.raised
        guard limit >= DescriptorLimit.least else {
            throw CommandFailure(
                .stageFailed,
                "the limit of open files is \(limit), but at least \(DescriptorLimit.least) are needed; raise the limit "
                    + "with `ulimit -n 1024`")
        }
        DescriptorLimit.reserve()
    }

    /// The value of `--color`, which may be anywhere before `--`; it is removed from the words.
    private static func takeColoring(from words: inout ArraySlice<String>) throws -> Terminal.Coloring {
        var coloring = Terminal.Coloring.automatic
        var rest: [String] = []
        while let word = words.popFirst() {
            if word == "--" {
                rest.append(word)
                break
            }
            let isWhole = word == "--color"
            guard isWhole || word.hasPrefix("--color=") else {
                rest.append(word)
                continue
            }
            let text = isWhole ? words.popFirst() : String(word.dropFirst("--color=".utf8.count))
            guard let choice = text.flatMap(Terminal.Coloring.init(rawValue:)) else {
                throw ArgumentsError("--color takes always, auto or never")
            }
            coloring = choice
        }
        words = rest + words
        return coloring
    }

    /// The command that the words begin with, and the words after its name.
    ///
    /// - Throws: `ArgumentsError`, suggesting the nearest name.
    static func command(for words: [String]) throws -> (AnyCommand, [String]) {
        guard let first = words.first else { throw ArgumentsError("no command given") }
        for command in commands {
            let name = command.name.split(separator: " ").map(String.init)
            if words.starts(with: name) { return (command, Array(words.dropFirst(name.count))) }
        }
        let visible = commands.filter { !$0.isHidden }.map(\.name)
        let group = visible.filter { $0.hasPrefix(first + " ") }
        if !group.isEmpty {
            let choices = group.map { String($0.dropFirst(first.count + 1)) }.joined(separator: ", ")
            throw ArgumentsError("'\(first)' needs one of \(choices)")
        }
        let firstWords = visible.map { String($0.prefix { $0 != " " }) }
        let hint = didYouMean(first, among: firstWords) ?? ""
        throw ArgumentsError("there is no command '\(first)'\(hint)")
    }

    static func helpWidth(_ session: Session) -> Int { min(100, session.terminal.size(.output).columns) }
}

extension RemoteError {
    /// The exit status if this error ends the program.
    var exitStatus: ExitStatus {
        switch code {
        case .invalid, .unsupported: .usage
        case .damaged: .store
        case .unreachable, .denied: .stageFailed
        }
    }
}

extension StoreError {
    /// The exit status if this error ends the program.
    var exitStatus: ExitStatus {
        switch code {
        case .missing, .invalid: .usage
        case .damaged, .locked, .readOnly, .full, .newerSchema, .failed: .store
        }
    }
}
