import Arguments
import ArtifactStore
import StageSchemas

/// `sluice cache du`: what occupies space in the store.
enum CacheUsageCommand: Command {
    struct Values: CommandValues {
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "cache du", summary: "Show how much space the store uses, and for what.",
        options: [.json(\.isJSON), .directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let usage = try session.existingStore()?.catalog.usage()
        if values.isJSON {
            session.print(document(usage))
            return .done
        }
        guard let usage else {
            session.note("There is no store yet.")
            return .done
        }
        let width = session.terminal.size(.output).columns
        session.print(summary(usage))
        session.print("\n" + shares("kind", usage.kinds, width))
        session.print("\n" + shares("stage", usage.stages, width))
        return .done
    }

    private static func summary(_ usage: StoreUsage) -> String {
        let rows = [
            [
                "artifacts",
                "\(Amounts.count(usage.artifacts, "artifact")), \(Amounts.bytes(usage.logicalSize))",
            ],
            ["without duplicates", Amounts.bytes(usage.uniqueSize)],
            ["compressed", Amounts.bytes(usage.storedSize)],
            [
                "the store's file",
                "\(Amounts.bytes(usage.databaseSize)), of which \(Amounts.bytes(usage.freeSize)) free",
            ],
            ["plain copies", "\(Amounts.bytes(usage.workSize)), which can be deleted at any time"],
        ]
        return rows.map { $0[0].padded(toWidth: 22) + $0[1] + "\n" }.joined()
    }

    private static func shares(_ title: String, _ shares: [StoreUsage.Share], _ width: Int) -> String {
        let rows = shares.prefix(20).map { share in
            [
                share.name, Amounts.grouped(share.artifacts), Amounts.bytes(share.size),
                Amounts.bytes(share.storedSize),
            ]
        }
        let more = shares.count > 20 ? "… \(shares.count - 20) more\n" : ""
        return TextTable([title, ">artifacts", ">size", ">stored"], rows: rows).text(width: width) + more
    }

    /// `{"artifacts", "size", "unique", "stored", "database", "free", "work", "kinds", "stages"}`, also if there is no store.
    private static func document(_ usage: StoreUsage?) -> Value {
        func list(_ shares: [StoreUsage.Share]) -> Value {
            .list(
                shares.map { share in
                    [
                        "name": .string(share.name), "artifacts": .integer(share.artifacts),
                        "size": .integer(share.size), "stored": .integer(share.storedSize),
                    ]
                })
        }
        return [
            "artifacts": .integer(usage?.artifacts ?? 0), "size": .integer(usage?.logicalSize ?? 0),
            "unique": .integer(usage?.uniqueSize ?? 0), "stored": .integer(usage?.storedSize ?? 0),
            "database": .integer(usage?.databaseSize ?? 0), "free": .integer(usage?.freeSize ?? 0),
            "work": .integer(usage?.workSize ?? 0), "kinds": list(usage?.kinds ?? []),
            "stages": list(usage?.stages ?? []),
        ]
    }
}
