import Arguments
import ArtifactStore
import Clocks
import Dataflow
import StageSchemas

/// `sluice metrics`: runs by their parameters and metrics.
enum MetricsCommand: Command {
    struct Values: CommandValues {
        var pipeline: String?
        var runs: Int?
        var conditions: [String] = []
        var metrics: [String] = []
        var sort: String?
        var showsAll = false
        var isMarkdown = false
        var isJSON = false
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "metrics", summary: "Show runs by their parameters and metrics, to find the best.",
        discussion: """
            Shows the latest runs of a pipeline, newest first, with the parameters in which they differ. A metric is called \
            STAGE.METRIC, or METRIC if only one stage has it.
            """,
        options: [
            .integer(
                "--runs", placeholder: "N", within: 1...1_000_000, sets: \.runs,
                "Look at the latest N runs; default 20."),
            .text(
                "--pipeline", placeholder: "NAME", sets: \.pipeline,
                "The pipeline; default: that of the latest run."),
            .texts(
                "--where", placeholder: "CONDITION", adds: \.conditions, "Only runs such as 'logLoss < 0.8'."),
            .texts(
                "--metric", placeholder: "NAME", adds: \.metrics,
                "Show this metric; default: the metrics of stages that are not in a matrix, if they differ."),
            .text(
                "--sort", placeholder: "NAME", sets: \.sort,
                "Sort by a parameter or metric, the lowest first, or with -NAME the highest; marks the first with *."
            ),
            .flag(
                "--all", sets: \.showsAll, "Also show parameters and metrics that are the same in all runs."),
            .markdown(\.isMarkdown), .json(\.isJSON),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard !(values.isJSON && values.isMarkdown) else {
            throw CommandFailure.usage("--json and --markdown cannot be combined")
        }
        let store = try session.requiredStore()
        let catalog = store.catalog
        let pipeline = try values.pipeline ?? RunChoice.latest(1, catalog)[0].pipeline
        let rows = try store.lookingUp {
            try catalog.runs(ofPipeline: pipeline, limit: values.runs ?? 20).map {
                MetricsTable.Row($0, metrics: try catalog.metrics(of: $0.id))
            }
        }
        guard !rows.isEmpty else { throw CommandFailure.usage("there is no run of a pipeline '\(pipeline)'") }
        try show(MetricsTable(rows), values, session)
        return .done
    }

    /// Filters, sorts and prints a table.
    static func show(_ table: MetricsTable, _ values: Values, _ session: Session) throws {
        var table = table
        var metrics = try table.metrics(named: values.metrics, all: values.showsAll)
        let sorting = try values.sort.map { word -> (column: MetricsTable.Column, descending: Bool) in
            let descending = word.hasPrefix("-")
            return (try table.column(descending ? String(word.dropFirst()) : word), descending)
        }
        if case .metric(let name)? = sorting?.column, !metrics.contains(name) { metrics.append(name) }
        for condition in values.conditions { try table.filter(Condition(condition)) }
        if let sorting { table.sort(by: sorting.column, descending: sorting.descending) }
        if values.isJSON { return session.print(document(table)) }
        let parameters = table.parameters(all: values.showsAll)
        let text = text(table, parameters, metrics, best: sorting?.column)
        guard !text.rows.isEmpty else { return session.note("No run meets the conditions.") }
        if values.isMarkdown { return session.print(text.markdownLines.joined(separator: "\n")) }
        session.print(
            text.text(
                width: session.terminal.size(.output).columns, style: session.terminal.style(.output)))
    }

    private static func text(
        _ table: MetricsTable, _ parameters: [String], _ metrics: [String], best: MetricsTable.Column?
    ) -> TextTable {
        let columns = parameters.map { MetricsTable.Column.parameter($0) } + metrics.map { .metric($0) }
        let now = WallClock.seconds()
        let named = table.rows.contains { $0.run.name != nil }
        return TextTable(
            [">run"] + (named ? ["name"] : []) + ["started", "outcome"] + columns.map { ">" + $0.name },
            rows: table.rows.enumerated().map { index, row in
                let isBest = index == 0 && best.flatMap { row.value(of: $0) } != nil
                return [(isBest ? "* " : "") + String(row.run.id.number)]
                    + (named ? [row.run.name ?? ""] : [])
                    + [Amounts.ago(row.run.started, now: now), RunsCommand.outcome(row.run)]
                    + columns.map { column in
                        guard let value = row.value(of: column) else { return "" }
                        if case .metric = column, case .number(let number) = value {
                            return Amounts.number(number)
                        }
                        return value.description
                    }
            })
    }

    /// `{"runs": [{"run", "name", "note", "started", "outcome", "parameters", "metrics"}]}`.
    private static func document(_ table: MetricsTable) -> Value {
        [
            "runs": .list(
                table.rows.map { row in
                    [
                        "run": .integer(row.run.id.number), "name": row.run.name.map { .string($0) } ?? .null,
                        "note": row.run.note.map { .string($0) } ?? .null,
                        "started": .number(row.run.started), "outcome": .string(RunsCommand.outcome(row.run)),
                        "parameters": .map(row.parameters),
                        "metrics": .map(row.metrics.mapValues { Value($0) }),
                    ]
                })
        ]
    }
}
