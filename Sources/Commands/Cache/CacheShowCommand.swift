import Arguments
import ArtifactStore
import Clocks
import Dataflow
import Digests
import Files

/// `sluice cache show`: previews an artifact.
enum CacheShowCommand: Command {
    struct Values: CommandValues {
        var reference = ""
        var path: String?
        var rows: Int?
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache show", summary: "Show what an artifact is, and preview it: rows, JSON, text, files.",
        operands: [
            Operand("ARTIFACT", .one, ArtifactChoice.help) { $0.reference = $1 },
            Operand("PATH", .optional, "A file in a tree.") { $0.path = $1 },
        ],
        options: [
            .integer(
                "-n", "--rows", placeholder: "N", within: 1...100_000, sets: \.rows,
                "The number of rows or lines; by default, 10 rows (3 of a packed table) or 40 lines."),
            .json(\.isJSON), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let (store, artifact) = try ArtifactChoice.find(values.reference, in: session)
        let style = session.terminal.style(.output)
        var bounds = Preview.Bounds(width: session.terminal.size(.output).columns)
        if let rows = values.rows {
            (bounds.rows, bounds.conversations, bounds.lines) = (rows, rows, rows)
        }
        let record = try store.catalog.record(of: artifact.digest)
        if values.isJSON {
            session.print(try ArtifactDocument(record, path: values.path, store, session).value)
            return .done
        }
        session.print(
            describe(record, style) + (try origin(of: record, store, limit: values.rows ?? 10)) + "\n")
        if artifact.shape == .tree, values.path == nil {
            session.print(listing(try store.catalog.entries(ofTree: artifact.digest), bounds))
            return .done
        }
        let digest = try TreePath.file(values.path, in: artifact, store)
        // Not in the store's folder, which may be read-only.
        let folder = try session.makeTemporaryFolder()
        defer { try? FileSystem.removeTree(folder) }
        let path = folder.appending("preview")
        try store.artifacts.materialize(digest, at: path)
        do {
            session.print(try Preview(path: path, bounds: bounds, style: style).text())
        } catch {
            throw CommandFailure(.stageFailed, "the artifact cannot be shown: \(error)")
        }
        return .done
    }

    private static func describe(_ record: ArtifactRecord, _ style: TextStyle) -> String {
        let now = WallClock.seconds()
        var lines = [
            style.bold(record.artifact.digest.hexadecimal),
            "\(record.artifact.shape.rawValue), \(Amounts.bytes(record.artifact.size)), "
                + "\(Amounts.bytes(record.storedSize)) in the store; "
                + "created \(Amounts.ago(record.created, now: now)), used \(Amounts.ago(record.used, now: now))"
                + (record.remarks.isEmpty ? "" : "; " + record.remarks),
        ]
        for producer in record.producers.prefix(5) {
            let stages =
                producer.stages.isEmpty ? "an earlier stage" : producer.stages.joined(separator: ", ")
            lines.append(
                "output \(producer.output) of \(stages) (\(producer.kind), \(Amounts.seconds(producer.seconds)))"
                    .escapedForDisplay)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// How the latest result with the artifact was confined, and what its command has read without declaring it.
    private static func origin(of record: ArtifactRecord, _ store: ArtifactStore, limit: Int) throws -> String
    {
        guard let key = record.producers.first?.key, let trace = try store.traces.trace(of: key) else {
            return ""
        }
        var lines: [String] = []
        if let remark = trace.acceptanceRemark { lines.append(remark) }
        if let remark = trace.confinement?.remark { lines.append(remark) }
        if let list = try DiscoveredList(trace, in: store) { lines.append(list.text(limit: limit)) }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func listing(_ entries: [TreeEntry], _ bounds: Preview.Bounds) -> String {
        let shown = entries.prefix(max(bounds.lines, bounds.rows))
        let table = TextTable(
            ["path", ">size", "digest"],
            rows: shown.map { entry in
                let mark =
                    switch entry.kind {
                    case .file: ""
                    case .executable: "*"
                    case .directory: "/"
                    case .link: "@"
                    }
                return [
                    (entry.path + mark).escapedForDisplay, Amounts.bytes(entry.size),
                    entry.digest.abbreviated,
                ]
            })
        let more = entries.count > shown.count ? "… \(entries.count - shown.count) more\n" : ""
        return table.text(width: bounds.width) + more
    }
}

/// A file inside a tree.
enum TreePath {
    /// The digest of the artifact, or of the file at `path` in it.
    static func file(_ path: String?, in artifact: Artifact, _ store: ArtifactStore) throws -> Digest {
        guard let path else { return artifact.digest }
        guard artifact.shape == .tree else {
            throw CommandFailure.usage("the artifact is a file, not a tree with a file '\(path)'")
        }
        let entries = try store.catalog.entries(ofTree: artifact.digest)
        guard let entry = entries.first(where: { $0.path == path }), entry.kind != .directory else {
            throw CommandFailure.usage(
                "the tree has no file '\(path)'; `sluice cache show` without a path lists the files")
        }
        return entry.digest
    }
}
