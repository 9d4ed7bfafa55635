import Columns
import Files
public import StageKit
public import StageSchemas

/// Keeps one row of each conversation, across all tables.
public enum Deduplicate: StageKind {
    /// The parameters.
    public struct Parameters: Decodable, Sendable {
        let by: ConversationIdentity
        let preferLabelled: Bool
    }

    /// The schema.
    public static let schema = StageSchema(
        name: "deduplicate", summary: "Keeps one row of each conversation, across all its inputs.",
        discussion: """
            Two rows are duplicates where the *unordered set of all their strings*, prompts and both threads of \
            responses, is equal byte by byte; a null counts as an element. So the test finds copies whose sides are \
            swapped or whose turns stand in another order. With `by: prompt` rows with the same list of prompts are \
            duplicates.

            The order of the inputs is their priority: of a set of duplicates the first is kept. With \
            `preferLabelled` the first *labelled* one is kept, so that a table without labels that comes first does \
            not cost any. Labels are never changed; the report says how often duplicates disagree (a swapped \
            duplicate's label is turned round first).

            Ids are unique afterwards: where two different conversations have one id, the later one becomes \
            `source/id`, then `source/id#2` and so on, and the report counts them as `renamed`.
            """,
        inputs: [InputPort("rows", .many, "Comparison tables; the first has priority.")],
        outputs: [
            OutputPort("rows", "rows.parquet", "The rows kept, in the order of the inputs."),
            OutputPort(
                "duplicates", "duplicates.parquet",
                "The rows left out: id, source, kept_id, kept_source, relation (same, swapped or reordered), "
                    + "label, kept_label, agrees."),
            OutputPort("report", "report.json", "Counts, in all and per pair of sources."),
        ],
        parameters: [
            Parameter(
                "by", .choice(ConversationIdentity.allCases.map(\.rawValue)), default: "conversation",
                "What duplicates have in common."),
            Parameter(
                "preferLabelled", .boolean, default: true,
                "Keep the first labelled row of a set of duplicates, where there is one."),
        ])

    /// Reads all tables, and writes the rows kept, those left out, and the counts.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let tables = try context.allInputs("rows").map { try ComparisonTable.read($0.path) }
        let keys = try tables.map { try $0.keys(by: parameters.by, threads: context.threads) }
        let search = DuplicateSearch(tables: tables, keys: keys, prefersLabelled: parameters.preferLabelled)
        let names = UniqueIdentifiers(tables: tables, kept: search.kept)
        let writer = try TableWriter(
            context.output("rows"), schema: ComparisonBuilder().finish().schema)
        for (index, table) in tables.enumerated() {
            let rows = search.kept[index]
            let chosen = rows.count == table.count ? table.table : table.table.selecting(rows: rows)
            guard chosen.rowCount > 0 else { continue }
            try writer.append(names.renaming(chosen, index))
        }
        try writer.close()
        var report = DuplicateReport()
        try report.table(of: search, tables: tables, names: names).write(to: context.output("duplicates"))
        let kept = search.kept.reduce(0) { $0 + $1.count }
        let value = report.value(
            rows: tables.reduce(0) { $0 + $1.count }, kept: kept, renamed: names.renamed)
        try FileContents.write(value.json + "\n", to: context.output("report"))
        context.metric("rows", kept)
        context.metric("duplicates", search.duplicates.count)
        context.metric("renamed", names.renamed)
    }
}
