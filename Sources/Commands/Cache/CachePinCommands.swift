import Arguments
import ArtifactStore
import Dataflow
import Digests

/// `sluice cache pin`: keeps an artifact permanently.
enum CachePinCommand: Command {
    struct Values: CommandValues {
        var reference = ""
        var name: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache pin", summary: "Protect an artifact, and everything it was made from, from being freed.",
        operands: [Operand("ARTIFACT", .one, ArtifactChoice.help) { $0.reference = $1 }],
        options: [
            .text(
                "--name", placeholder: "NAME", sets: \.name,
                "A name for the pin; a pin that already has this name moves."), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let (store, artifact) = try ArtifactChoice.find(values.reference, in: session, .readWrite)
        try store.pins.add(artifact.digest, name: values.name ?? "")
        session.note("pinned \(artifact.digest.abbreviated), \(Amounts.bytes(artifact.size))")
        return .done
    }
}

/// `sluice cache unpin`: removes pins.
enum CacheUnpinCommand: Command {
    struct Values: CommandValues {
        var reference = ""
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache unpin", summary: "Remove an artifact's pins, or the pin with a name.",
        operands: [
            Operand("ARTIFACT", .one, "The name of a pin, or " + ArtifactChoice.help) { $0.reference = $1 }
        ], options: [.directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let store = try session.openStore(.readWrite)
        if try store.pins.remove(named: values.reference) {
            session.note("unpinned '\(values.reference)'")
            return .done
        }
        let artifact = try store.catalog.resolve(values.reference)
        let count = try store.pins.remove(from: artifact.digest)
        guard count > 0 else {
            throw CommandFailure.usage("\(artifact.digest.abbreviated) has no pin")
        }
        session.note("unpinned \(artifact.digest.abbreviated)")
        return .done
    }
}
