import Columns
import Files
public import StageKit
public import StageSchemas

/// Chooses the turns of each comparison that a model reads, and writes their text.
public enum Pack: StageKind {
    /// The parameters.
    public struct Parameters: Decodable, Sendable {
        let maximumTokens: Int
        let promptTokens: Int?
        let responseTokens: Int?
        let length: LengthEstimate
        let nullText: String
        let removeEmptyTurns: Bool
    }

    /// The schema.
    public static let schema = StageSchema(
        name: "pack", summary: "Chooses the turns that a model reads, and writes their text.",
        discussion: """
            **Null policy.** A prompt that is null, and a response that is null or empty, becomes `nullText`; an empty \
            prompt stays empty. With `removeEmptyTurns` a turn whose two responses are both null is left out, unless it \
            is the only one.

            **Turns.** From the last turn backwards, turns are kept as long as the sum of their lengths is at most \
            0.75 × `maximumTokens` words; the last turn is always kept. A turn's length is that of its whole block: \
            the number of pieces between single spaces or, where it has at least 300 characters and at least 30 per \
            piece (scripts without spaces), 0.75 × characters. `length: plainWords` counts pieces in every script.

            **Overflow.** A row is an overflow where the one turn kept is too long by itself. A text of *w* words is then \
            taken for *w* ÷ 0.75 tokens (of an unspaced script: one per character), and where prompt, A and B together \
            exceed `maximumTokens` each keeps its beginning: responses within `responseTokens` stay whole and lend what \
            they leave to the other; the prompt gets `promptTokens` and what both leave. Defaults: a fifth of \
            `maximumTokens` for the prompt and two fifths for each response. The sum never exceeds prompt + 2 × response.

            **Text.** One block per turn, blocks parted by an empty line:

            ```
            #Prompt
            {prompt}

            #Response
            ##Model A
            {response_a}

            ##Model B
            {response_b}
            ```
            """,
        inputs: [InputPort("rows", .one, "A comparison table.")],
        outputs: [
            OutputPort(
                "packed", "packed.parquet",
                "One row per comparison, in its order: attributes, turns, total_turns, overflow, the three lists, text."
            ),
            OutputPort(
                "report", "report.json", "Counts of rows, turns, overflows, truncations and null texts."),
        ],
        parameters: [
            Parameter(
                "maximumTokens", .integer(16...1_000_000), default: 1_900, "The model's budget of a row."),
            Parameter(
                "promptTokens", .optional(.integer(0...1_000_000)), default: .null,
                "The prompt's part in an overflow; null for a fifth of maximumTokens."),
            Parameter(
                "responseTokens", .optional(.integer(0...1_000_000)), default: .null,
                "Each response's part; null for half of what the prompt's part leaves."),
            Parameter(
                "length", .choice(LengthEstimate.allCases.map(\.rawValue)), default: "words",
                "How tokens are estimated without a tokenizer."),
            Parameter(
                "nullText", .string, default: "None", "What stands for null, and for an empty response."),
            Parameter(
                "removeEmptyTurns", .boolean, default: false,
                "Leave turns out whose two responses are null, in conversations of several turns."),
        ])

    /// Reads the rows in batches, and writes them packed.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let reader = try TableReader(context.input("rows"), batchRows: 2_048)
        let writer = try TableWriter(context.output("packed"), schema: PackedBuilder().finish().schema)
        let packer = RowPacker(parameters)
        var counts = PackCounts()
        try Parallel.pipeline(
            threads: context.threads, next: { try reader.next() },
            convert: { batch in try packer.pack(ComparisonTable(batch)) },
            take: { (table, part) in
                if table.rowCount > 0 { try writer.append(table) }
                counts.add(part)
                context.progress(counts.rows, of: nil)
            })
        try writer.close()
        try FileContents.write(counts.value.json + "\n", to: context.output("report"))
        context.metric("rows", counts.rows)
        context.metric("overflows", counts.overflows)
        context.metric("turnsDropped", counts.totalTurns - counts.turns)
    }
}
