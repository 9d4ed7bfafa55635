import Arguments
import ArtifactStore
import Dataflow
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
            Operand("PATH", .one, "The destination, which must not exist yet.") { $0.target = $1 },
        ], options: [.directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let target = session.path(values.target)
        guard !FileSystem.exists(target) else {
            throw CommandFailure.usage("\(target) exists; remove it, or name another path")
        }
        if values.reference.utf8.firstRange(of: "[*]".utf8) != nil {
            let store = try session.requiredStore()
            if let instances = try store.catalog.instances(values.reference) {
                return try copy(instances, to: target, store, session)
            }
        }
        let (store, artifact) = try ArtifactChoice.find(values.reference, in: session)
        try store.export(artifact.digest, to: target, isExecutable: artifact.isExecutable)
        session.note("\(target): \(Amounts.bytes(artifact.size))")
        return .done
    }

    /// Copies each instance's output to a file named for its coordinates.
    private static func copy(
        _ instances: InstanceOutputs, to target: FilePath, _ store: ArtifactStore, _ session: Session
    ) throws -> ExitStatus {
        for (stage, artifact) in instances.artifacts {
            let inside = stage.utf8.drop { $0 != UInt8(ascii: "[") }.dropFirst().dropLast()
            let name = StageID.fileName(of: String(inside) ?? stage)
            try store.export(artifact.digest, to: target.appending(name))
        }
        let size = instances.artifacts.reduce(0) { $0 + $1.artifact.size }
        session.note(
            "\(target): \(Amounts.count(instances.artifacts.count, "instance")) as of run \(instances.run), "
                + Amounts.bytes(size))
        return .done
    }
}
