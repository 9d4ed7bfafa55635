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
            0...Int.max, "How many rows are copied; null takes `share`. Where there are fewer, all of them.")
        var count: Int?

        @Setting(0...1, "The share of the rows that is copied, rounded to the nearest number.")
        var share = 1.0

        @Setting("What chance depends on.")
        var seed = 42

        @Setting(
            "Whether rows whose label goes against the responses' lengths are copied too, alone, or not at all."
        )
        var againstLength = Choice.include

        @Setting("What a response's length is counted in; tokens needs the input `tokenizer`.")
        var lengthUnit = LengthRule.Unit.words

        @Setting(1...1_000, "Of a row with a winner: how many times as long the loser is.")
        var loserRatio = 2.0

        @Setting(1...1_000, "Of a tie: how many times as long the longer side is.")
        var tieRatio = 3.0

        @Setting("Copies behind all rows, or each beside its original.")
        var order = Order.end

        @Setting("Write the rows themselves too.")
        var keepOriginals = true

        package init() {}

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard lengthUnit != .tokens || inputs.contains("tokenizer") else {
                throw $lengthUnit.problem("counting tokens needs the input 'tokenizer'")
            }
        }
    }

    /// What of the rows whose label goes against their length.
    enum Choice: String, SettingChoice {
        case include
        case only
        case exclude
    }

    /// Where copies stand.
    enum Order: String, SettingChoice {
        case end
        case beside
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "augment", summary: "Adds copies of rows with sides A and B exchanged.",
        discussion: """
            A copy has response A and B, the models' names and the labels A and B exchanged; prompts, source, language and \
            group stay. Its id is the original's with `\(SwappedCopy.suffix)` behind it, and so unique; a table that holds \
            copies already is refused.

            All rows are copied, or `count` of them, or a `share`: drawn uniformly without replacement by `seed`. With \
            `againstLength: only` copies are made of rows alone whose label goes against the responses' lengths, with \
            `exclude` of the others: the loser is more than `loserRatio` times as long as the winner, or one side of a tie \
            more than `tieRatio` times as long as the other. A response's length is that of all its turns, in words (pieces \
            between single spaces), characters, or tokens of the `tokenizer`.

            `order: beside` puts each copy right behind its original, so that a trainer that reads rows in order, or keeps \
            rows of one original together, has both orientations in one optimizer step; `end` puts the copies behind all \
            rows. With `keepOriginals: false` only the copies come out: what a twin model that reads the other \
            orientation trains on.

            `split` keeps a copy in its original's fold, since both have the same strings. Add copies before `split`, or train on \
            the copies of the training folds only; do not score them.
            """,
        inputs: [
            InputPort("rows", .one, "A comparison table."),
            InputPort(
                "tokenizer", .optional, "A checkpoint's folder or tokenizer file, for lengths in tokens."),
        ],
        outputs: [
            OutputPort("rows", "rows.parquet", "The rows and the copies."),
            OutputPort("report", "report.json", "Counts of copies by label, and of rows against length."),
        ],
        parameters: Parameters.self)

    /// Reads the rows, chooses, and writes them with their copies.
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
            context.log("\(wanted) copies were asked for, and there are \(chosen.count) rows to copy")
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

    /// So many of the candidates, each with the same chance, in their order.
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
                throw StageFailure("row \(row + 1), '\(id)', is a copy already: augment the rows once")
            }
            guard seen.insert(Array(id.utf8)).inserted else {
                throw StageFailure("two rows have the id '\(id)'; let 'deduplicate' make ids unique first")
            }
        }
    }
}
