import Arguments
import ArtifactStore
import Dataflow
import Digests
import Files

/// `sluice cache cat`: prints an artifact's bytes.
enum CacheCatCommand: Command {
    struct Values: CommandValues {
        var reference = ""
        var path: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache cat", summary: "Print an artifact's bytes.",
        operands: [
            Operand("ARTIFACT", .one, ArtifactChoice.help) { $0.reference = $1 },
            Operand("PATH", .optional, "A file in a tree.") { $0.path = $1 },
        ], options: [.directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let (store, artifact) = try ArtifactChoice.find(values.reference, in: session)
        if artifact.shape == .tree, values.path == nil {
            throw CommandFailure.usage(
                "'\(values.reference)' is a tree; name a file in it, or use `sluice cache get`")
        }
        let digest = try TreePath.file(values.path, in: artifact, store)
        try store.catalog.forEachPiece(of: digest) { session.terminal.write($0, to: .output) }
        return .done
    }
}

/// `sluice cache get`: copies an artifact to ordinary files.
enum CacheGetCommand: Command {
    struct Values: CommandValues {
        var reference = ""
        var target = ""
        var updates = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache get",
        summary: "Copy an artifact, or those of all instances of a stage, to ordinary files.",
        operands: [
            Operand(
                "ARTIFACT", .one,
                "stage, stage.output, pipeline:stage.output, the first digits of a digest, or stage[*] for all instances, each "
                    + "into a file of a folder."
            ) { $0.reference = $1 },
            Operand("PATH", .one, "The destination, which must not exist yet, except with --update.") {
                $0.target = $1
            },
        ],
        options: [
            .flag(
                "--update", sets: \.updates,
                "Update existing files in place: files that are the same are not touched, and other files are kept."
            ),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let target =
            values.updates
            ? session.path(values.target)
            : try session.newPath(values.target, for: "path", or: "--update changes what differs")
        if OutputName(values.reference).gatheredStage != nil {
            let store = try session.storeToCopyFrom()
            if let instances = try store.catalog.instances(values.reference) {
                return try copy(instances, to: target, updates: values.updates, store, session)
            }
        }
        let store = try session.storeToCopyFrom()
        let artifact = try ArtifactChoice.resolve(values.reference, store, session)
        let report = try copy(
            artifact.digest, isExecutable: artifact.isExecutable, to: target, updates: values.updates, store)
        session.note("\(target): \(Amounts.bytes(artifact.size))" + words(report))
        return .done
    }

    /// Copies each instance's output to a file named for its coordinates.
    private static func copy(
        _ instances: InstanceOutputs, to target: FilePath, updates: Bool, _ store: ArtifactStore,
        _ session: Session
    ) throws -> ExitStatus {
        var sum = ExportReport()
        for (stage, artifact) in instances.artifacts {
            let name = StageID.fileName(of: StageID.coordinates(of: stage) ?? stage)
            let report = try copy(
                artifact.digest, isExecutable: false, to: target.appending(name), updates: updates, store)
            sum.add(report ?? ExportReport())
        }
        let size = instances.artifacts.reduce(0) { $0 + $1.artifact.size }
        session.note(
            "\(target): \(Amounts.count(instances.artifacts.count, "instance")) as of run \(instances.run), "
                + Amounts.bytes(size) + words(updates ? sum : nil))
        return .done
    }

    private static func copy(
        _ digest: Digest, isExecutable: Bool, to path: FilePath, updates: Bool, _ store: ArtifactStore
    ) throws -> ExportReport? {
        guard updates, FileSystem.exists(path) else {
            try store.artifacts.exportForUpdates(digest, to: path, isExecutable: isExecutable)
            return nil
        }
        return try store.artifacts.update(digest, at: path, isExecutable: isExecutable)
    }

    /// The result of an update.
    private static func words(_ report: ExportReport?) -> String {
        guard let report else { return "" }
        var text =
            "; \(Amounts.count(report.written, "file")) written, \(Amounts.grouped(report.kept)) unchanged"
        if report.otherCount > 0 {
            let more = report.otherCount > report.others.count ? ", …" : ""
            text +=
                "\nnot in the artifact, and kept: \(Amounts.grouped(report.otherCount)) (\(report.others.joined(separator: ", "))\(more))"
        }
        return text
    }
}
