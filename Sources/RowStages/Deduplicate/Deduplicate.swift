import Columns
import Comparisons
import ConversationKeys
import Digests
import Files
package import StageKit
package import StageSchemas

/// Concatenates tables and keeps one row of each set of duplicates.
package enum Deduplicate: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("What makes rows duplicates.")
        var by = Identity.conversation

        @Setting("With by: columns, the columns to compare.")
        var columns: [ComparisonColumn] = []

        @Setting("Which row of a set of duplicates is kept.")
        var keep = Choice.first

        @Setting("Whether to prefer the first (or last) labeled row of a set of duplicates, if there is one.")
        var preferLabelled = true

        @Setting("Whether to look for duplicates within an input; false looks only across inputs.")
        var within = true

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard (by == .columns) == !columns.isEmpty else {
                throw $columns.problem(
                    "'by: columns' requires a list of columns, and vice versa")
            }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard by != .nothing || !inputs.contains("without") else {
                throw $by.problem("with 'nothing', the input 'without' has no effect")
            }
        }
    }

    /// What makes rows duplicates.
    enum Identity: String, SettingChoice {
        case conversation
        case prompt
        case columns
        case nothing
    }

    /// Which row of a set of duplicates is kept.
    enum Choice: String, SettingChoice {
        case first
        case last
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "deduplicate", summary: "Concatenates tables, and keeps one row of each conversation.",
        discussion: """
            Two rows are duplicates if the *unordered set of all their strings*, prompts and both threads of \
            responses, is equal byte by byte; a null counts as an element. So copies with swapped sides or reordered \
            turns are found too. With `by: prompt`, rows with the same list of prompts are duplicates; with `by: \
            columns`, rows with the same values in `columns`, in the same order. With `by: nothing`, there are no \
            duplicates: the tables are only concatenated.

            The order of the inputs is their priority: of a set of duplicates the first is kept or, with `keep: \
            last`, the last. With `preferLabelled`, the first *labeled* one is kept, so that an unlabeled table that \
            comes first does not cost any labels. With `within: false`, only rows of different inputs are \
            duplicates. Rows that occur in `without` are all dropped: for example rows whose prompt is in a test \
            set. Labels are never changed; the report says how often duplicates disagree (after exchanging a swapped \
            duplicate's label).

            Ids are unique afterwards: if two different conversations have the same id, the later one becomes \
            `source/id`, then `source/id#2` and so on, and the report counts them as `renamed`. `provenance` \
            records, for every row, the input, row and id that it comes from.
            """,
        inputs: [
            InputPort("rows", .many, "Comparison tables; the first has priority."),
            InputPort("without", .any, "Comparison tables whose rows are excluded."),
        ],
        outputs: [
            OutputPort("rows", "rows.parquet", "The kept rows, in the order of the inputs."),
            OutputPort(
                "duplicates", "duplicates.parquet",
                "The dropped rows: id, source, kept_id, kept_source, relation (same, swapped or reordered; other if only what "
                    + "was compared is equal), label, kept_label, agrees."),
            OutputPort(
                "provenance", "provenance.parquet",
                "For each kept row: id, source, input (from 0), row (from 1) and original_id."),
            OutputPort("report", "report.json", "Counts, in total and per pair of sources."),
        ],
        parameters: Parameters.self)

    /// Reads all tables, and writes the kept rows, the dropped rows, the provenance and the counts.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let tables = try context.allInputs("rows").map { try ComparisonTable.read($0.path) }
        let unwanted = try context.allInputs("without").map { try ComparisonTable.read($0.path) }
        let search: DuplicateSearch
        if parameters.by == .nothing {
            search = DuplicateSearch(keepingAllOf: tables)
        } else {
            search = DuplicateSearch(
                tables: tables, keys: try tables.map { try keys($0, parameters, context.threads) },
                unwantedKeys: try unwanted.map { try keys($0, parameters, context.threads) },
                rule: DuplicateSearch.Rule(
                    keepsLast: parameters.keep == .last, prefersLabelled: parameters.preferLabelled,
                    searchesWithinTables: parameters.within))
        }
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
        try report.table(of: search, tables: tables + unwanted, names: names)
            .write(to: context.output("duplicates"))
        try DuplicateReport.provenance(of: search, tables: tables, names: names)
            .write(to: context.output("provenance"))
        let kept = search.kept.reduce(0) { $0 + $1.count }
        let value = report.value(
            rows: tables.reduce(0) { $0 + $1.count }, kept: kept, renamed: names.renamed,
            unwanted: search.unwanted)
        try JSONFile.write(value, to: context.output("report"))
        context.metric("rows", kept)
        context.metric("duplicates", search.duplicates.count)
        context.metric("unwanted", search.unwanted)
        context.metric("renamed", names.renamed)
    }

    private static func keys(
        _ table: ComparisonTable, _ parameters: Parameters, _ threads: Int
    ) throws -> [Digest] {
        switch parameters.by {
        case .conversation: try table.keys(by: .conversation, threads: threads)
        case .prompt: try table.keys(by: .prompt, threads: threads)
        case .columns: try table.keys(columns: parameters.columns, threads: threads)
        case .nothing: []
        }
    }
}

extension ComparisonColumn: SettingChoice {}
