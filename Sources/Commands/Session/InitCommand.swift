import Arguments
import ArtifactStore
import Files
import Glibc

/// `sluice init`: begins a project, or makes a store for a group.
enum InitCommand: Command {
    struct Values: CommandValues {
        var group: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "init",
        summary: "Write a small pipeline to start with, and create a store; or share a store with a group.",
        discussion: """
            Writes pipeline.yaml, and a line for artifacts/ to .gitignore, unless they exist. With --shared, the folder of the
            store and everything in it, now and later, belongs to a group, whose members can run pipelines on it, whatever their
            umask; nothing else is written.
            """,
        options: [
            .text(
                "--shared", placeholder: "GROUP", sets: \.group,
                "Share the store with the members of this system group."), .directory(\.directory),
        ])

    /// It creates a store here, even if there is one in a folder above.
    static var usesStore: Bool { false }

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let existed = try session.storeExists()
        let path = session.storePath.resolved(against: FileSystem.workingDirectory())
        if let group = values.group {
            guard FileSystem.group(named: group) != nil else {
                throw CommandFailure.usage(
                    "there is no group '\(group)' on this machine; `getent group` lists them")
            }
            // Including the files that the database creates next to itself when it is opened.
            _ = umask(umask(0) & ~0o070)
        }
        _ = try session.openStore(.readWrite)
        if let group = values.group { try StoreSharing.share(path, withGroup: group) }
        let what = existed ? "The store" : "Made the store"
        if let group = values.group {
            session.note(
                "\(what) \(session.storePath)\(existed ? " is" : ",") shared with the group '\(group)'.")
        } else {
            session.note(
                existed
                    ? "There is a store at \(session.storePath) already." : "\(what) \(session.storePath).")
        }
        if values.group == nil { try writeStarterFiles(session) }
        return .done
    }

    private static func writeStarterFiles(_ session: Session) throws {
        let folder = FileSystem.workingDirectory().lastComponent
        let written = try StarterFiles(inFolderNamed: folder).write()
        guard !written.isEmpty else { return }
        session.note("Wrote \(written.joined(separator: " and ")).")
        if written.contains("pipeline.yaml") { session.note("`sluice run pipeline.yaml` runs it.") }
    }
}
