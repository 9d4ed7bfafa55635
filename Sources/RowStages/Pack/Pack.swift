import Columns
import Comparisons
import Files
import PackedRows
import ParallelPipelines
import PromptTemplates
package import StageKit
package import StageSchemas
import Tokenizers

/// Chooses the turns of each comparison that a model reads, and writes their text and tokens.
package enum Pack: StageKind {
    /// The schema.
    package static let schema = StageSchema(
        name: "pack", summary: "Chooses the turns that a model reads, and writes their text and tokens.",
        discussion: PackText.discussion,
        inputs: [
            InputPort("rows", .one, "A comparison table."),
            InputPort(
                "tokenizer", .optional, "A model's tokenizer: a checkpoint's folder, or a tokenizer file."),
        ],
        outputs: [
            OutputPort(
                "packed", "packed.parquet",
                "The rows, in the comparisons' order: attributes, turns, flags, the three lists, text, tokens."
            ),
            OutputPort(
                "report", "report.json", "Counts of rows, turns, overflows, truncations and null texts."),
        ],
        parameters: Parameters.self)

    /// Reads the rows in batches, and writes them packed.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let packer = try RowPacker(parameters, model(parameters, context))
        let reader = try TableReader(context.input("rows"), batchRows: 2_048)
        let writer = try TableWriter(
            context.output("packed"), schema: PackedBuilder(answers: packer.answers).finish().schema)
        var counts = PackCounts()
        try ParallelPipeline.run(
            threads: context.threads, next: { try reader.next() },
            convert: { batch in try packer.pack(ComparisonTable(batch)) },
            take: { (table, part) in
                if table.rowCount > 0 { try writer.append(table) }
                counts.add(part)
                context.progress(counts.comparisons, of: nil)
            })
        try writer.close()
        try JSONFile.write(counts.value, to: context.output("report"))
        context.metric("rows", counts.rows)
        context.metric("overflows", counts.overflows)
        context.metric("truncations", counts.truncations)
        context.metric("turnsDropped", counts.totalTurns - counts.turns)
        if packer.answers != nil {
            context.metric("tokens", counts.tokens)
            context.metric("longestRow", counts.longestRow)
        }
    }

    private static func model(_ parameters: Parameters, _ context: StageContext) throws -> PackModel? {
        guard let path = context.optionalInput("tokenizer") else { return nil }
        return try PackModel(
            Tokenizer(contentsOf: path), parameters.template?.template ?? parameters.ownTemplate)
    }
}
