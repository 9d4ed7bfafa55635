import Arguments
import ArtifactStore
import Clocks
import Digests
import Files
import StageSchemas

/// `sluice cache gc`: frees results that are no longer needed.
enum CacheCollectCommand: Command {
    struct Values: CommandValues {
        var keepRuns: Int?
        var unusedFor: String?
        var toSize: String?
        var isConfirmed = false
        var isDryRun = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache gc", summary: "Show what could be freed, and free it with --yes.",
        discussion: """
            Never freed: pinned artifacts, results of the last runs of each pipeline and everything they depend on. Nothing is
            freed while a run is in progress.
            """,
        options: [
            .integer(
                "--keep-runs", placeholder: "N", within: 0...1_000_000, sets: \.keepRuns,
                "Keep the results of the last N successful runs of each pipeline; default 5."),
            .text(
                "--unused-for", placeholder: "TIME", sets: \.unusedFor,
                "Free only what no run has used for this long: 30d, 12h."),
            .text(
                "--to-size", placeholder: "SIZE", sets: \.toSize,
                "Stop when the store's content is no larger than this: 10GB, 500MiB."),
            .flag("--yes", sets: \.isConfirmed, "Free it; otherwise, only show it."),
            .flag("-n", "--dry-run", sets: \.isDryRun, "Only show it, even with --yes."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        var policy = CollectionPolicy()
        if let runs = values.keepRuns { policy.keepRuns = runs }
        if let text = values.unusedFor {
            guard let seconds = AmountParsing.seconds(text) else {
                throw ArgumentsError("--unused-for takes a time such as 30d, 12h or 45m, not '\(text)'")
            }
            policy.unusedFor = seconds
        }
        if let text = values.toSize {
            guard let bytes = AmountParsing.bytes(text) else {
                throw ArgumentsError("--to-size takes a size such as 10GB or 500MiB, not '\(text)'")
            }
            policy.toSize = bytes
        }
        let frees = values.isConfirmed && !values.isDryRun
        guard let store = frees ? try storeWithRoom(in: session) : try session.existingStore() else {
            session.note("There is no store yet.")
            if values.isJSON { session.print(document(CollectionReport(), frees: frees)) }
            return .done
        }
        let report = try store.maintenance.collect(policy, dryRun: !frees)
        if values.isJSON {
            session.print(document(report, frees: frees))
        } else {
            session.print(text(report, frees: frees, width: session.terminal.size(.output).columns))
        }
        return .done
    }

    /// The store for writing. If there is not enough space to open it, the plain copies next to it are removed first.
    private static func storeWithRoom(in session: Session) throws -> ArtifactStore {
        do {
            return try session.openStore(.readWrite)
        } catch let error as StoreError where error.code == .full {
            let path = session.storePath.resolved(against: FileSystem.workingDirectory())
            let freed = Maintenance.makeRoom(nextTo: path)
            guard freed > 0 else { throw error }
            session.note("To make room, \(Amounts.bytes(freed)) of plain copies were removed.")
            return try session.openStore(.readWrite)
        }
    }

    /// What is freed, and how much space this saves.
    static func text(_ report: CollectionReport, frees: Bool, width: Int) -> String {
        guard report.activeRuns.isEmpty else {
            return
                "Nothing is freed while runs are in progress: \(report.activeRuns.joined(separator: ", ")).\n"
        }
        let kept = "\(Amounts.count(report.kept, "result")) and \(Amounts.bytes(report.remaining)) are kept"
        if report.items.isEmpty && report.freed == 0 { return "Nothing to free: \(kept).\n" }
        let now = WallClock.seconds()
        let rows = report.items.prefix(50).map { item in
            [
                item.stages.first ?? "", item.kind, Amounts.bytes(item.size), Amounts.bytes(item.freed),
                Amounts.ago(item.used, now: now),
            ]
        }
        var text = TextTable(["result of", "kind", ">size", ">frees", "last used"], rows: rows)
            .text(width: width)
        if report.items.count > 50 { text += "and \(report.items.count - 50) more\n" }
        let verb = frees ? "Freed" : "Would free"
        text += "\(verb) \(Amounts.bytes(report.freed)) of \(Amounts.count(report.items.count, "result"))"
        if report.freedWork > 0 { text += " and \(Amounts.bytes(report.freedWork)) of plain copies" }
        text += "; \(kept)." + (frees ? "" : " Pass --yes to free it.") + "\n"
        if report.isPartial {
            text += "A run began meanwhile, so not everything was freed; run gc again after it.\n"
        }
        return text
    }

    private static func document(_ report: CollectionReport, frees: Bool) -> Value {
        [
            "done": .boolean(frees && report.activeRuns.isEmpty && !report.isPartial),
            "freed": .integer(report.freed),
            "freedWork": .integer(report.freedWork), "objects": .integer(report.objects),
            "chunks": .integer(report.chunks), "kept": .integer(report.kept),
            "remaining": .integer(report.remaining),
            "activeRuns": .list(report.activeRuns.map { .string($0) }),
            "items": .list(
                report.items.map { item in
                    [
                        "stages": .list(item.stages.map { .string($0) }), "kind": .string(item.kind),
                        "size": .integer(item.size), "freed": .integer(item.freed),
                        "used": .number(item.used),
                        "outputs": .map(item.outputs.mapValues { .string($0.hexadecimal) }),
                    ]
                }),
        ]
    }
}
