import Arguments
import ArtifactStore
import Files

/// `sluice export`: writes results to a file for another store.
enum ExportCommand: Command {
    struct Values: CommandValues {
        var stages: [String] = []
        var output: String?
        var run: Int?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "export",
        summary: "Write results, and everything that they were made from, to a file for another store.",
        discussion: """
            The file contains the results of the named stages in a run, and of all stages that they read from, with outputs, \
            logs and what commands have read. After `sluice import`, runs find these results as if they had been computed \
            there. `sluice export openlineage`, `prov` and `ro-crate` describe a run to other programs; if a stage has one of \
            these names, put it after the options: sluice export -o results.sluice prov
            """,
        operands: [
            Operand(
                "STAGE", .any, "The stages, such as model, model[fold=0] or 'train-*'; all if none is named."
            ) {
                $0.stages.append($1)
            }
        ],
        options: [
            .text("-o", "--output", placeholder: "FILE", sets: \.output, "The file, such as results.sluice."),
            .integer(
                "--run", placeholder: "N", within: 1...Int.max, sets: \.run,
                "The run; by default, the latest."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard let output = values.output, !output.isEmpty else {
            throw CommandFailure.usage("'export' needs the name of the file: -o results.sluice")
        }
        let path = try session.newPath(output, for: "file")
        let store = try session.requiredStore()
        let (run, results) = try RunResults.choose(values.stages, ofRun: values.run, store, session)
        try store.bundles.write(results, to: path)
        let size = (try? FileStatus(of: path).size) ?? 0
        session.note(
            "\(path): \(Amounts.count(results.count, "result")) of run \(run.id), \(Amounts.bytes(size))")
        return .done
    }
}

/// `sluice import`: adds the results in a file to the store.
enum ImportCommand: Command {
    struct Values: CommandValues {
        var file = ""
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "import", summary: "Add the results in a file made by `sluice export` to the store.",
        operands: [Operand("FILE", .one, "The file.") { $0.file = $1 }],
        options: [.directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let path = session.path(values.file)
        guard FileSystem.exists(path) else { throw CommandFailure.usage("there is no file \(path)") }
        let store = try session.openStore(.readWrite)
        let arrival = try store.bundles.read(path)
        session.note(
            "\(path): \(Amounts.count(arrival.all, "result")), of which the store lacked "
                + Amounts.grouped(arrival.new))
        return .done
    }
}
