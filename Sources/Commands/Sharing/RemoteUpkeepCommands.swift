import Arguments
import ArtifactStore
import Clocks
import Dataflow
import Digests
import Files
import PipelineFiles
import Remotes
import Signatures
import StageSchemas
import Texts

/// What the commands for a single shared cache share.
extension Session {
    static let remoteHelp = "Its name or address; can be omitted if there is only one."

    /// The shared cache that a word means, or the only one.
    func remote(named name: String?, _ store: ArtifactStore) throws -> RemoteCache {
        let cache: SharedCache
        if let name {
            cache = try sharedCache(named: name)
        } else {
            let all = try sharedCaches(of: latestPipeline())
            guard let only = all.first, all.count == 1 else {
                throw CommandFailure.usage(
                    all.isEmpty
                        ? "name a shared cache by its address, such as file:///shared/cache, or add one with `sluice remote add`"
                        : "name one of the shared caches: \(all.map(\.address).joined(separator: ", "))")
            }
            cache = only
        }
        return try open(cache, remoteIndex(of: store), uploads: false)
    }

    /// The pipeline of the latest run, if its file exists and has no mistakes.
    func latestPipeline() -> Pipeline? {
        guard let file = try? pipelineFile(named: nil) else { return nil }
        return try? loadPipeline(file).pipeline
    }
}

/// `sluice remote ls`: lists the results in a shared cache.
enum RemoteResultsCommand: Command {
    struct Values: CommandValues {
        var remote: String?
        var limit: Int?
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote ls", summary: "List the results in a shared cache, latest first.",
        operands: [Operand("REMOTE", .optional, Session.remoteHelp) { $0.remote = $1 }],
        options: [
            .integer(
                "--limit", placeholder: "N", within: 1...1_000_000, sets: \.limit,
                "How many to show; 100 by default."), .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let store = try session.openStore(.readWrite)
        let cache = try session.remote(named: values.remote, store)
        let (listed, all) = try RemoteUpkeep(cache).results(limit: values.limit ?? 100)
        if values.isJSON {
            session.print(Value.list(listed.map(document)))
            return .done
        }
        let now = WallClock.seconds()
        let rows = listed.map { item in
            let result = item.document?.result
            let size = result?.outputs.values.reduce(0) { $0 + $1.size }
            return [
                result.map { "\($0.pipeline):\($0.stage)" } ?? "(unreadable)", result?.kind ?? "",
                size.map { Amounts.bytes($0) } ?? "", Amounts.ago(item.modified, now: now),
                item.signer == nil ? "no" : "yes", item.key.abbreviated,
            ]
        }
        let table = TextTable(["result of", "kind", ">size", "uploaded", "signed", "key"], rows: rows)
        session.print(table.text(width: session.terminal.size(.output).columns))
        if all > listed.count {
            session.note("and \(Amounts.grouped(all - listed.count)) more; --limit shows them")
        }
        return .done
    }

    private static func document(_ item: RemoteUpkeep.Listed) -> Value {
        let result = item.document?.result
        return [
            "key": .string(item.key.hexadecimal), "modified": .number(item.modified),
            "pipeline": result.map { .string($0.pipeline) } ?? .null,
            "stage": result.map { .string($0.stage) } ?? .null,
            "kind": result.map { .string($0.kind) } ?? .null,
            "outputs": .map((result?.outputs ?? [:]).mapValues { .string($0.digest.hexadecimal) }),
            "signer": item.signer.map { .string($0.description) } ?? .null,
            "trouble": item.trouble.map { .string($0) } ?? .null,
        ]
    }
}

/// `sluice remote verify`: fetches everything in a shared cache, and reports what is wrong.
enum RemoteVerifyCommand: Command {
    struct Values: CommandValues {
        var remote: String?
        var removes = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote verify",
        summary: "Fetch all results of a shared cache, and check them against their digests.",
        discussion: """
            Accepts what other machines would accept. Needs some temporary space next to the store. The exit code is 3 if
            something is damaged.
            """,
        operands: [Operand("REMOTE", .optional, Session.remoteHelp) { $0.remote = $1 }],
        options: [
            .flag(
                "--remove", sets: \.removes,
                "Remove what is damaged, so that it can be uploaded again."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let store = try session.openStore(.readWrite)
        let cache = try session.remote(named: values.remote, store)
        let attempts = try store.workFolder.makeAttemptsFolder()
        defer {
            try? FileSystem.removeTree(attempts)
            store.leave()
        }
        let folder = attempts.appending("verify-remote")
        let found = try RemoteUpkeep(cache).verify(in: folder, removes: values.removes)
        if values.isJSON {
            session.print([
                "results": .integer(found.results), "bytes": .integer(found.bytes),
                "removed": .integer(found.removed),
                "troubles": .list(
                    found.troubles.map { ["name": .string($0.name), "reason": .string($0.reason)] }),
            ])
            return found.troubles.isEmpty ? .done : .store
        }
        for trouble in found.troubles { session.note("\(trouble.name): \(trouble.reason)") }
        let results = Amounts.count(found.results, "result")
        guard !found.troubles.isEmpty else {
            session.note("\(results), \(Amounts.bytes(found.bytes)): all are sound")
            return .done
        }
        let verb = values.removes ? "are damaged and were removed" : "are damaged"
        session.note("\(Amounts.grouped(found.troubles.count)) of \(results) \(verb)")
        return .store
    }
}

/// `sluice remote gc`: frees what is no longer needed in a shared cache.
enum RemoteCollectCommand: Command {
    struct Values: CommandValues {
        var remote: String?
        var olderThan: String?
        var grace: String?
        var isConfirmed = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote gc", summary: "Show what could be freed in a shared cache, and free it with --yes.",
        discussion: """
            Content that no result needs is marked first, and removed by a later gc, so that uploads in progress lose
            nothing.
            """,
        operands: [Operand("REMOTE", .optional, Session.remoteHelp) { $0.remote = $1 }],
        options: [
            .text(
                "--older-than", placeholder: "TIME", sets: \.olderThan,
                "Remove results that were uploaded at least this long ago: 30d, 12h. None by default."),
            .text(
                "--grace", placeholder: "TIME", sets: \.grace,
                "Remove what was marked at least this long ago: 1d by default; use 0s only if nothing is uploading."
            ),
            .flag("--yes", sets: \.isConfirmed, "Free it; otherwise, only show it."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        var policy = RemoteCollectionPolicy()
        policy.olderThan = try seconds(values.olderThan, "--older-than")
        if let grace = try seconds(values.grace, "--grace") { policy.grace = grace }
        let store = try session.openStore(.readWrite)
        let cache = try session.remote(named: values.remote, store)
        let report = try RemoteUpkeep(cache).collect(policy, dryRun: !values.isConfirmed)
        if values.isJSON {
            session.print([
                "done": .boolean(values.isConfirmed), "results": .integer(report.results),
                "packs": .integer(report.packs), "freed": .integer(report.bytes),
                "waitingPacks": .integer(report.waitingPacks), "waiting": .integer(report.waitingBytes),
                "others": .integer(report.others), "keptResults": .integer(report.keptResults),
                "kept": .integer(report.keptBytes),
            ])
            return .done
        }
        let verb = values.isConfirmed ? "Freed" : "Would free"
        var text =
            "\(verb) \(Amounts.bytes(report.bytes)) in \(Amounts.count(report.packs, "pack")), "
            + "\(Amounts.count(report.results, "result")) and \(Amounts.grouped(report.others)) other files; "
            + "\(Amounts.count(report.keptResults, "result")) and \(Amounts.bytes(report.keptBytes)) are kept."
        if report.waitingPacks > 0 {
            text +=
                "\n\(Amounts.bytes(report.waitingBytes)) in \(Amounts.count(report.waitingPacks, "pack")) "
                + "will be removed by a gc after the grace time."
        }
        session.print(text + (values.isConfirmed ? "" : "\nPass --yes to free it."))
        return .done
    }

    private static func seconds(_ text: String?, _ option: String) throws -> Double? {
        guard let text else { return nil }
        guard let seconds = AmountParsing.seconds(text) else {
            throw ArgumentsError("\(option) takes a time such as 30d, 12h or 45m, not '\(text)'")
        }
        return seconds
    }
}
