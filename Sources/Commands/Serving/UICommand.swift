import Arguments
import Files
import LoopbackHTTP
import Processes
import Texts

/// `sluice ui`: pages about all runs, live, for a browser on this machine.
enum UICommand: Command {
    struct Values: CommandValues {
        var port: Int?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "ui", summary: "Show all runs live in a browser on this machine, until Ctrl-C.",
        discussion: """
            Prints a URL with a token that is new each time; nothing is shown without it. Listens on 127.0.0.1 only, and is \
            read-only: nothing can be changed or run through it.
            """,
        options: [
            .integer(
                "--port", placeholder: "N", within: 1...65_535, sets: \.port,
                "The port; by default, a free one."), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let interrupts = try Interrupts()
        let store = try session.requiredStore()
        let folder = try session.makeTemporaryFolder()
        defer { try? FileSystem.removeTree(folder) }
        let server: LoopbackServer
        do {
            server = try LoopbackServer(port: values.port ?? 0)
        } catch {
            throw CommandFailure.usage("\(error)")
        }
        let pages = RunPages(store: store, session: session, token: token(), temporaryFolder: folder)
        session.print("http://127.0.0.1:\(server.port)\(pages.home)")
        session.note("serving until Ctrl-C")
        server.run(until: interrupts.descriptor) { pages.answer($0) }
        return .done
    }

    /// 128 unpredictable bits, in hexadecimal.
    private static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.text(of: (0..<16).map { _ in .random(in: .min ... .max, using: &generator) })
    }
}
