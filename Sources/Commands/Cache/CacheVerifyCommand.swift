import Arguments
import ArtifactStore
import Dataflow
import Digests
import Files
import StageSchemas

/// `sluice cache verify`: checks every byte in the store.
enum CacheVerifyCommand: Command {
    struct Values: CommandValues {
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache verify", summary: "Read every byte in the store, and report damaged artifacts.",
        discussion: """
            Damaged artifacts are marked, and the next run recomputes them. Exits with 3 if anything is wrong.
            """, options: [.json(\.isJSON), .directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard try session.storeExists() else {
            session.note("There is no store yet.")
            if values.isJSON { session.print(document(VerificationReport())) }
            return .done
        }
        let store = try session.planningStore()
        let isLive = session.terminal.isInteractive(.error)
        var shown = -1
        let report = try store.maintenance.verify { done, total in
            let percent = total > 0 ? 100 * done / total : 100
            guard isLive, percent != shown else { return }
            shown = percent
            session.terminal.write("\r\(percent) % of \(Amounts.grouped(total)) chunks", to: .error)
        }
        if shown >= 0 { session.terminal.write("\r\u{1B}[K", to: .error) }
        if values.isJSON {
            session.print(document(report))
        } else {
            session.print(text(report))
        }
        return report.isSound ? .done : .store
    }

    /// What was found.
    static func text(_ report: VerificationReport) -> String {
        let read = "\(Amounts.count(report.chunks, "chunk")), \(Amounts.bytes(report.bytes))"
        let copies =
            report.droppedCopies == 0
            ? ""
            : Amounts.count(report.droppedCopies, "plain copy", plural: "plain copies")
                + " in the work folder had been changed or cut short and were removed; the store has the originals.\n"
        if report.isSound { return "The store is sound: \(read).\n" + copies }
        var lines = report.structure.prefix(10).map { "The database: " + $0.escapedForDisplay }
        lines += report.records.prefix(10).map(\.escapedForDisplay)
        if report.records.count > 10 { lines.append("and \(report.records.count - 10) more like these") }
        if report.damagedChunks > 0 {
            lines.append("\(Amounts.count(report.damagedChunks, "chunk")) of \(read) are damaged.")
        }
        for record in report.damaged.prefix(50) {
            let digest = record.artifact.digest.abbreviated
            lines.append("  \(digest)  \(Amounts.bytes(record.artifact.size))  \(record.origin)")
        }
        if report.damaged.count > 50 { lines.append("  and \(report.damaged.count - 50) more") }
        if !report.damaged.isEmpty { lines.append("They are marked; the next run recomputes them.") }
        return lines.joined(separator: "\n") + "\n" + copies
    }

    private static func document(_ report: VerificationReport) -> Value {
        [
            "sound": .boolean(report.isSound), "chunks": .integer(report.chunks),
            "bytes": .integer(report.bytes), "damagedChunks": .integer(report.damagedChunks),
            "structure": .list(report.structure.map { .string($0) }),
            "records": .list(report.records.map { .string($0) }),
            "droppedCopies": .integer(report.droppedCopies),
            "damaged": .list(report.damaged.map(\.document)),
        ]
    }
}
