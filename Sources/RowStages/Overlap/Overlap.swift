import Columns
import Comparisons
import ConversationKeys
import Digests
import Files
package import StageKit
package import StageSchemas

/// Measures how much of a table occurs in others.
package enum Overlap: StageKind {
    /// What is compared, with names.
    private static let comparisons: [(name: String, columns: [ComparisonColumn])] = [
        ("prompt", [.prompt]), ("responseA", [.responseA]), ("responseB", [.responseB]),
        ("promptAndA", [.prompt, .responseA]), ("promptAndB", [.prompt, .responseB]),
        ("bothResponses", [.responseA, .responseB]), ("all", [.prompt, .responseA, .responseB]),
    ]

    /// The schema.
    package static let schema = StageSchema(
        name: "overlap", summary: "Measures how much of a comparison table occurs in others.",
        discussion: """
            Counts the rows whose prompts, response A, response B, any two of them, or all three occur in a row of \
            `others`, each as a whole list, byte by byte and in order; and the rows whose conversation occurs, by \
            the unordered set of all its strings, and therefore also with swapped sides. The opposite direction, \
            rows of `others` that occur in `rows`, is counted too.

            No rows are dropped: for that, use the input `without` of `deduplicate`.
            """,
        inputs: [
            InputPort("rows", .one, "A comparison table."),
            InputPort("others", .many, "The comparison tables to search."),
        ],
        outputs: [
            OutputPort("report", "report.json", "Counts in both directions."),
            OutputPort(
                "matches", "matches.parquet",
                "For each row with anything in common: the id, and true or false for each comparison."),
        ])

    /// Reads the tables, compares them, and writes the report and the matches.
    package static func run(_ parameters: NoParameters, in context: StageContext) throws {
        let rows = try ComparisonTable.read(context.input("rows"))
        let others = try context.allInputs("others").map { try ComparisonTable.read($0.path) }
        var flags: [(name: String, values: [Bool])] = []
        var back: [String: Value] = [:]
        func compare(_ name: String, _ keys: (ComparisonTable) throws -> [Digest]) throws {
            let own = try keys(rows)
            let other = try others.flatMap { try keys($0) }
            let (ownSet, otherSet) = (Set(own), Set(other))
            flags.append((name, own.map { otherSet.contains($0) }))
            back[name] = .integer(other.count { ownSet.contains($0) })
        }
        for (name, columns) in comparisons {
            try compare(name) { try $0.keys(columns: columns, threads: context.threads) }
        }
        try compare("conversation") { try $0.keys(by: .conversation, threads: context.threads) }
        let matching = (0..<rows.count).filter { row in flags.contains { $0.values[row] } }
        var columns: [(String, Column)] = [("id", .string(StringColumn(matching.map { rows.id[$0] })))]
        for (name, values) in flags {
            columns.append((name, .boolean(BooleanColumn(matching.map { values[$0] }))))
        }
        try Table(columns).write(to: context.output("matches"))
        var counts: [String: Value] = [:]
        for (name, values) in flags {
            let count = values.count { $0 }
            counts[name] = .integer(count)
            context.metric(name, count)
        }
        let report: Value = [
            "rows": .integer(rows.count), "others": .integer(others.reduce(0) { $0 + $1.count }),
            "rowsInOthers": .map(counts), "othersInRows": .map(back),
        ]
        try JSONFile.write(report, to: context.output("report"))
        context.metric("rows", rows.count)
    }
}
