import Columns
import Comparisons
import Files
import Parallelism
import Randomness
import Texts

/// Writes rows with the nested columns of `lmsys/chatbot_arena_conversations`.
struct ArenaFile: Sendable {
    let rows: SampleRows

    private static let chunk = 1024

    /// Writes the file and returns statistics of its content.
    func write(to path: FilePath, threads: Int) throws -> SampleTally {
        var tally = SampleTally()
        let writer = try TableWriter(path, schema: part(0..<0).table.schema)
        let chunks = (rows.count + Self.chunk - 1) / Self.chunk
        for first in stride(from: 0, to: chunks, by: max(1, threads)) {
            let count = min(max(1, threads), chunks - first)
            let parts = try Parallel.map(count: count, threads: threads) { index in
                let start = (first + index) * Self.chunk
                return try part(start..<min(start + Self.chunk, rows.count))
            }
            for part in parts {
                try writer.append(part.table)
                for row in part.rows { tally.add(row) }
            }
        }
        try writer.close()
        return tally
    }

    private func part(_ range: Range<Int>) throws -> (table: Table, rows: [SampleRows.Row]) {
        var id = StringColumn.Builder()
        var modelA = StringColumn.Builder()
        var modelB = StringColumn.Builder()
        var winner = StringColumn.Builder()
        var language = StringColumn.Builder()
        var turns: [Int64] = []
        var messagesA = Messages()
        var messagesB = Messages()
        var made: [SampleRows.Row] = []
        for index in range {
            let row = rows.row(index)
            var random = rows.identifier(index)
            id.append(Hexadecimal.text(of: random.next()) + Hexadecimal.text(of: random.next()))
            modelA.append(row.conversation.modelA)
            modelB.append(row.conversation.modelB)
            let isBad = random.chance(0.4)
            switch row.label {
            case .a: winner.append("model_a")
            case .b: winner.append("model_b")
            case .tie: winner.append(isBad ? "tie (bothbad)" : "tie")
            }
            language.append(row.conversation.language)
            turns.append(Int64(row.conversation.prompt.count))
            messagesA.append(row.conversation.prompt, row.conversation.responseA)
            messagesB.append(row.conversation.prompt, row.conversation.responseB)
            made.append(row)
        }
        let count = range.count
        let table = try Table([
            ("question_id", .string(id.finish())), ("model_a", .string(modelA.finish())),
            ("model_b", .string(modelB.finish())), ("winner", .string(winner.finish())),
            ("judge", .string(StringColumn([String?](repeating: "arena_user", count: count)))),
            ("conversation_a", messagesA.finish()), ("conversation_b", messagesB.finish()),
            ("turn", .integer(IntegerColumn(turns))),
            ("anony", .boolean(BooleanColumn([Bool](repeating: true, count: count)))),
            ("language", .string(language.finish())),
            ("tstamp", .floating(FloatingColumn(range.map { 1_682_351_591 + 60 * Double($0) }))),
        ])
        return (table, made)
    }

    /// A column of conversations.
    private struct Messages {
        private var lengths: [Int?] = []
        private var content = StringColumn.Builder()
        private var role = StringColumn.Builder()

        mutating func append(_ prompts: [[UInt8]], _ responses: [[UInt8]?]) {
            lengths.append(2 * prompts.count)
            for (prompt, response) in zip(prompts, responses) {
                content.append(utf8: ArenaFile.repaired(prompt))
                role.append("user")
                if let response {
                    content.append(utf8: ArenaFile.repaired(response))
                } else {
                    content.appendNull()
                }
                role.append("assistant")
            }
        }

        func finish() -> Column {
            .list(
                ListColumn(
                    lengths: lengths,
                    elements: .structure(
                        StructureColumn([
                            StructureColumn.Member("content", .string(content.finish())),
                            StructureColumn.Member("role", .string(role.finish())),
                        ]))))
        }
    }

    /// A text with U+FFFD in place of unpaired surrogates, as a reader of the CSV file sees it.
    fileprivate static func repaired(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(0xED) else { return text }
        var result = text
        var index = 0
        while index + 2 < result.count {
            if result[index] == 0xED && result[index + 1] >= 0xA0 {
                result.replaceSubrange(index..<index + 3, with: [0xEF, 0xBF, 0xBD])
            }
            index += 1
        }
        return result
    }
}
