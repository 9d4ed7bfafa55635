import Arguments
import Dataflow
import Files
import Remotes
import Signatures
import StageSchemas
import Texts

/// `sluice remote add`: gives a shared cache a name.
enum RemoteAddCommand: Command {
    struct Values: CommandValues {
        var name = ""
        var address = ""
        var push: String?
        var isWriteOnly = false
        var sign: String?
        var trust: [String] = []
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote add", summary: "Use a shared cache with the store in this folder.",
        discussion: """
            Every run then looks there for results that the store does not have. `caches:` in a pipeline file does the same for
            everyone who runs the pipeline.
            """,
        operands: [
            Operand("NAME", .one, "A name for it.") { $0.name = $1 },
            Operand("URL", .one, "file:///folder, https://…, http://… or s3://bucket/prefix?endpoint=….") {
                $0.address = $1
            },
        ],
        options: [
            .text(
                "--push", placeholder: "WHEN", sets: \.push,
                "Upload results after a run: always, main-only or never; never by default."),
            .flag("--no-pull", sets: \.isWriteOnly, "Do not look for results there."),
            .text("--sign", placeholder: "KEY", sets: \.sign, "The file with the private key to sign with."),
            .texts(
                "--trust", placeholder: "KEY", adds: \.trust,
                "A public key, or a file that contains it; only what such a key has signed is used."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        var list = try RemoteList.read(session)
        guard list[values.name] == nil else {
            throw CommandFailure.usage(
                "there is already a shared cache '\(values.name)'; `sluice remote remove \(values.name)` removes it"
            )
        }
        guard !values.name.isEmpty, !values.name.contains(text: "://"),
            values.name.utf8.allSatisfy({ $0 > 0x20 })
        else { throw CommandFailure.usage("'\(values.name)' cannot be the name of a shared cache") }
        let address = try RemoteAddress(values.address)
        let push = values.push ?? SharedCache.Push.never.rawValue
        guard SharedCache.Push(rawValue: push) != nil else {
            throw CommandFailure.usage("--push takes always, main-only or never, not '\(push)'")
        }
        let item = RemoteList.Item(
            name: values.name, url: address.text, pull: !values.isWriteOnly, push: push, sign: values.sign,
            trust: values.trust)
        list.remotes.append(item)
        try list.write(session)
        session.note("added '\(values.name)': \(address.text)")
        return .done
    }
}

/// `sluice remote list`: shows the named shared caches.
enum RemoteListCommand: Command {
    struct Values: CommandValues {
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote list", summary: "List the shared caches of the store in this folder.",
        options: [.json(\.isJSON), .directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let list = try RemoteList.read(session).remotes
        if values.isJSON {
            session.print(
                Value.list(
                    list.map { item in
                        [
                            "name": .string(item.name), "url": .string(item.url),
                            "pull": .boolean(item.pull), "push": .string(item.push),
                            "sign": item.sign.map { .string($0) } ?? .null,
                            "trust": .list(item.trust.map { .string($0) }),
                        ]
                    }))
            return .done
        }
        guard !list.isEmpty else {
            session.note("There are none; `sluice remote add NAME URL` adds one.")
            return .done
        }
        let rows = list.map { item in
            [
                item.name, item.url, item.pull ? "yes" : "no", item.push, item.sign ?? "",
                item.trust.joined(separator: " "),
            ]
        }
        let table = TextTable(["name", "address", "pull", "push", "signed with", "trusted"], rows: rows)
        session.print(table.text(width: session.terminal.size(.output).columns))
        return .done
    }
}

/// `sluice remote remove`: stops using a shared cache, which is not changed.
enum RemoteRemoveCommand: Command {
    struct Values: CommandValues {
        var name = ""
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote remove", summary: "Stop using a shared cache; its contents stay there.",
        operands: [Operand("NAME", .one, "Its name.") { $0.name = $1 }],
        options: [.directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        var list = try RemoteList.read(session)
        guard list[values.name] != nil else {
            let hint = didYouMean(values.name, among: list.remotes.map(\.name)) ?? ""
            throw CommandFailure.usage("there is no shared cache '\(values.name)'\(hint)")
        }
        list.remotes.removeAll { $0.name.hasSameBytes(as: values.name) }
        try list.write(session)
        session.note("removed '\(values.name)'")
        return .done
    }
}

/// `sluice remote key`: creates a key pair.
enum RemoteKeyCommand: Command {
    struct Values: CommandValues {
        var file = ""
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "remote key", summary: "Create a key pair to sign results with.",
        discussion: """
            Writes the private key to FILE, which only you can read, and the public one to FILE.pub. Anyone who has the private
            key can upload results that everyone who trusts the public one will use.
            """,
        operands: [Operand("FILE", .one, "The file for the private key.") { $0.file = $1 }],
        options: [.directory(\.directory)])

    static var usesStore: Bool { false }

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let path = session.path(values.file)
        let key = SigningKey.random()
        do {
            let file = try File(path, .creating, permissions: 0o600)
            try file.write(Array((key.text + "\n").utf8))
            try FileContents.write("\(key.verificationKey)\n", to: FilePath(path.text + ".pub"))
        } catch {
            throw CommandFailure.usage("the key could not be written: \(error)")
        }
        session.note("\(path): the private key; \(path).pub: the public one:")
        session.print("\(key.verificationKey)")
        return .done
    }
}
