import Columns
import Comparisons
import Files
import Randomness
package import StageKit
package import StageSchemas

/// Adds copies of rows with their sides exchanged.
package enum Augment: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(
            0...Int.max, "The number of rows to copy, or all if there are fewer; null uses `share`.")
        var count: Int?

        @Setting(0...1, "The share of rows to copy, rounded to the nearest number.")
        var share = 1.0

        @Setting("The random seed.")
        var seed = 42

        @Setting(
            "Whether rows whose label goes against the lengths of the responses are copied like others, exclusively, or not at all."
        )
        var againstLength = Choice.include

        @Setting("The unit of lengths; tokens requires the input `tokenizer`.")
        var lengthUnit = LengthRule.Unit.words

        @Setting(1...1_000, "For rows with a winner: how many times as long as the winner the loser must be.")
        var loserRatio = 2.0

        @Setting(1...1_000, "For ties: how many times as long as the shorter side the longer one must be.")
        var tieRatio = 3.0

        @Setting("Whether copies follow all rows, or each follows its original.")
        var order = Order.end

        @Setting("Whether to write the original rows too.")
        var keepOriginals = true

        package init() {}

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard lengthUnit != .tokens || inputs.contains("tokenizer") else {
                throw $lengthUnit.problem("tokens require the input 'tokenizer'")
            }
        }
    }

    /// How rows whose label goes against their length are treated.
    enum Choice: String, SettingChoice {
        case include
        case only
        case exclude
    }

    /// Where copies are placed.
    enum Order: String, SettingChoice {
        case end
        case beside
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "augment", summary: "Adds copies of rows with sides A and B exchanged.",
        discussion: """
            A copy has the responses, the models' names and the labels of A and B exchanged; prompts, source, \
            language and group are unchanged. Its id is the original's plus `\(SwappedCopy.suffix)`, and therefore \
            unique; a table that already contains copies is rejected.

            All rows are copied, or `count` of them, or a `share`, drawn uniformly without replacement. With \
            `againstLength: only`, only rows whose label goes against the lengths of the responses are copied; with \
            `exclude`, only the others. These are rows in which the loser is more than `loserRatio` times as long as \
            the winner, or one side of a tie more than `tieRatio` times as long as the other. A response's length is \
            that of all its turns, in words (pieces between single spaces), characters, or tokens of the \
            `tokenizer`.

            `order: beside` puts each copy right after its original, so that a trainer that reads rows in order, or \
            keeps rows of one original together, has both orientations in one optimizer step; `end` puts the copies \
            after all rows. With `keepOriginals: false`, only the copies are written: training data for a twin model \
            that reads the other orientation.

            `split` keeps a copy in its original's fold, since both have the same strings. Add copies before \
            `split`, or train only on the copies of the training folds; do not score them.
            """,
        inputs: [
            InputPort("rows", .one, "A comparison table."),
            InputPort(
                "tokenizer", .optional, "A checkpoint folder or tokenizer file, for lengths in tokens."),
        ],
        outputs: [
            OutputPort("rows", "rows.parquet", "The rows and the copies."),
            OutputPort(
                "report", "report.json",
                "The number of copies by label, and of rows whose label goes against length."),
        ],
        parameters: Parameters.self)

    /// Reads the rows, selects some, and writes them with their copies.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try ComparisonTable.read(context.input("rows"))
        try check(table)
        let against = try LengthScan(
            table, parameters.lengthUnit,
            LengthRule(loserRatio: parameters.loserRatio, tieRatio: parameters.tieRatio),
            tokenizer: context.optionalInput("tokenizer"), threads: context.threads
        ).isAgainstLength
        let candidates = (0..<table.count).filter { row in
            switch parameters.againstLength {
            case .include: true
            case .only: against[row]
            case .exclude: !against[row]
            }
        }
        let wanted = parameters.count ?? Int((parameters.share * Double(candidates.count)).rounded())
        let chosen = draw(wanted, of: candidates, seed: parameters.seed)
        if chosen.count < wanted {
            context.log("\(wanted) copies were requested, but there are only \(chosen.count) rows to copy")
        }
        let copies = try table.swappedCopies(of: chosen)
        try arranged(table.table, copies, of: chosen, parameters).write(to: context.output("rows"))
        var labels: [String: Int] = [:]
        for row in chosen { labels[table.label(row)?.swapped.rawValue ?? "none", default: 0] += 1 }
        let flagged = against.count { $0 }
        let report: Value = [
            "rows": .integer(table.count), "copies": .integer(chosen.count),
            "candidates": .integer(candidates.count), "againstLength": .integer(flagged),
            "copiedLabels": .map(labels.mapValues { .integer($0) }),
        ]
        try JSONFile.write(report, to: context.output("report"))
        context.metric("rows", chosen.count + (parameters.keepOriginals ? table.count : 0))
        context.metric("copies", chosen.count)
        context.metric("againstLength", flagged)
    }

    /// `count` of the candidates, uniformly drawn, in their original order.
    private static func draw(_ count: Int, of candidates: [Int], seed: Int) -> [Int] {
        guard count < candidates.count else { return candidates }
        var random = SeededGenerator(seed: seed)
        var shuffled = candidates
        random.shuffle(&shuffled)
        return shuffled.prefix(count).sorted()
    }

    private static func arranged(
        _ rows: Table, _ copies: Table, of chosen: [Int], _ parameters: Parameters
    ) throws -> Table {
        guard parameters.keepOriginals else { return copies }
        let all = try Table.concatenating([rows, copies])
        guard parameters.order == .beside else { return all }
        var order: [Int] = []
        var next = 0
        for row in 0..<rows.rowCount {
            order.append(row)
            guard next < chosen.count, chosen[next] == row else { continue }
            order.append(rows.rowCount + next)
            next += 1
        }
        return all.selecting(rows: order)
    }

    private static func check(_ table: ComparisonTable) throws {
        var seen = Set<[UInt8]>()
        for row in 0..<table.count {
            let id = table.id[row] ?? ""
            guard !SwappedCopy.isCopy(id) else {
                throw StageFailure("row \(row + 1), '\(id)', is already a copy; augment rows only once")
            }
            guard seen.insert(Array(id.utf8)).inserted else {
                throw StageFailure("two rows have the id '\(id)'; use 'deduplicate' first to make ids unique")
            }
        }
    }
}
