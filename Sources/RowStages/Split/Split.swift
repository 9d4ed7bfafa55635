import Columns
import Comparisons
import Digests
import Files
package import StageKit
package import StageSchemas
import Texts

/// Assigns rows to folds so that rows that belong together stay together.
package enum Split: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("How folds are formed.")
        var method = Method.folds

        @Setting(2...1_000, "The number of folds; not for holdOut.")
        var folds = 5

        @Setting(0.0001...0.9999, "The share of rows that holdOut holds out.")
        var validation = 0.1

        @Setting("What must not be split.")
        var groupBy: [GroupRule] = [.conversation]

        @Setting("Sources whose rows, and those grouped with them, are never held out.")
        var trainingSources: [String] = []

        @Setting("The random seed.")
        var seed = 42

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard method != .identifiers || trainingSources.isEmpty else {
                throw $trainingSources.problem("'method: identifiers' looks at ids alone; leave this out")
            }
        }
    }

    /// How folds are formed.
    enum Method: String, SettingChoice {
        /// Folds of equal size.
        case folds
        /// One fold for validation; the other rows are never held out.
        case holdOut
        /// By the position of the ids.
        case identifiers
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "split", summary: "Assigns rows to folds, without splitting groups.",
        discussion: """
            With `method: folds`, every row gets a fold, 0 to `folds` − 1; the model of a fold trains on the others. \
            `folds: 5` is an 80/20 split. With `holdOut`, fold 0 is the share `validation` of the rows, and the \
            others have no fold: they are never held out. `identifiers` assigns the ids to the folds in turn, in \
            their order, and considers nothing else: with `folds: 20`, fold 0 is every twentieth id.

            The rows of a group share a fold. `groupBy` defines groups: *conversation* (the unordered set of all \
            strings: a copy with swapped sides belongs to the same group), *prompt* (the list of prompts), *group* \
            (the `group` column; a row whose `group` is null is grouped by its conversation). The input `groups`, \
            for example from `near-duplicates`, is a further rule. With several rules, rows that any of them \
            connects are in the same group, transitively. `groupBy: []` without `groups` treats every row \
            separately.

            Rows of `trainingSources`, and all rows grouped with them, have no fold, so the validation rows have \
            nothing in common with them. The share `validation` refers to the remaining rows.

            **Stable folds.** Each group prefers a fold, by a digest of seed and group. Then as few groups as needed are \
            moved, small ones first, until moving any single group would not make the folds' sizes and labels more \
            even: with groups of one row, folds differ by at most one row, for every label too. As rows come and go, \
            nearly all others keep their fold: with 57,477 groups of one row in 5 folds, one more row moves 0.06 % \
            and 1 % more rows move 0.2 %; with groups of up to 200 rows, about 2 %. A group may move when rows join \
            it, because the smallest key of its rows identifies it. The result depends on groups and labels, not on \
            the order of the rows.

            The stage fails if a fold, or what is left to train on, has no rows.

            Afterwards, the written file is checked against the rows' keys: the metric `leaks` counts keys of the \
            chosen rules that have rows in more than one fold (rows without a fold count as a fold), and is 0. Only \
            `identifiers` may leak. The report says for every rule, chosen or not, how many of its keys are split.
            """,
        inputs: [
            InputPort("rows", .one, "A comparison table with unique ids."),
            InputPort("groups", .optional, "id, group: further groups that must not be split."),
        ],
        outputs: [
            OutputPort(
                "folds", "folds.parquet",
                "id, group, fold: one row per comparison, in the same order; fold is null for rows that are never held out."
            ),
            OutputPort(
                "report", "report.json", "The sizes and labels of the folds, and the groups that they split."),
        ],
        parameters: Parameters.self)

    /// Reads the rows, and writes their folds.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let rows = try ComparisonTable.read(context.input("rows"))
        try checkIdentifiers(rows)
        var rules: [RowKeys] = []
        for rule in parameters.groupBy where !rules.contains(where: { $0.rule == rule }) {
            rules.append(try RowKeys(rows, by: rule, threads: context.threads))
        }
        if let path = context.optionalInput("groups") { rules.append(try RowKeys(rows, groups: path)) }
        let groups = RowGroups(rows, rules)
        let folds = try folds(of: rows, groups, parameters)
        let output = try context.output("folds")
        try Table([
            ("id", .string(rows.id)), ("group", .string(StringColumn(groups.names))),
            ("fold", .integer(IntegerColumn(folds.map { fold in fold.map { Int64($0) } }))),
        ]).write(to: output)
        let count = parameters.method == .holdOut ? 1 : parameters.folds
        try report(rows, groups, rules, written: output, count: count, parameters, context)
    }

    /// Each row's fold; nil if it is never held out.
    private static func folds(
        of rows: ComparisonTable, _ groups: RowGroups, _ parameters: Parameters
    ) throws -> [Int?] {
        if parameters.method == .identifiers {
            guard rows.count >= parameters.folds else {
                throw StageFailure(
                    "\(rows.count) rows do not fill \(parameters.folds) folds; ask for fewer folds")
            }
            return (0..<rows.count).map { $0 % parameters.folds }
        }
        let isTrainingOnly = try trainingOnly(rows, groups, parameters.trainingSources)
        let open = groups.groups.indices.filter { !isTrainingOnly[$0] }
        let needed = parameters.method == .holdOut ? 1 : parameters.folds
        guard open.count >= needed else {
            throw StageFailure(
                "\(rows.count) rows have \(open.count) groups that may be held out, which are too few for "
                    + "\(needed) folds; use fewer folds")
        }
        let shares =
            parameters.method == .holdOut
            ? [parameters.validation, 1 - parameters.validation]
            : [Double](repeating: 1, count: parameters.folds)
        let assigned = FoldAssignment.assign(
            open.map { groups.groups[$0] }, shares: shares, seed: parameters.seed)
        var foldOfGroup = [Int?](repeating: nil, count: groups.groups.count)
        for (group, fold) in zip(open, assigned) where parameters.method == .folds || fold == 0 {
            foldOfGroup[group] = fold
        }
        let folds = groups.indices.map { foldOfGroup[$0] }
        if parameters.method == .holdOut {
            let held = folds.count { $0 != nil }
            guard held > 0 else {
                throw StageFailure(
                    "validation: a share of \(parameters.validation) of \(rows.count) rows, in groups, holds none out; "
                        + "raise it")
            }
            guard held < rows.count else {
                throw StageFailure(
                    "validation: all \(rows.count) rows are held out, and none is left to train on; lower it, "
                        + "or group by less")
            }
        }
        return folds
    }

    /// Whether each group has a row of a source that is only trained on.
    private static func trainingOnly(
        _ rows: ComparisonTable, _ groups: RowGroups, _ sources: [String]
    ) throws -> [Bool] {
        let wanted = Set(sources.map { Array($0.utf8) })
        var seen: Set<[UInt8]> = []
        var result = [Bool](repeating: false, count: groups.groups.count)
        for row in 0..<rows.count {
            let source = Array(rows.source.utf8(at: row) ?? [])
            seen.insert(source)
            if wanted.contains(source) { result[groups.indices[row]] = true }
        }
        for source in sources where !seen.contains(Array(source.utf8)) {
            let names = seen.map { String(decoding: $0, as: UTF8.self) }.sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
            throw StageFailure(
                "trainingSources: no row is of '\(source)'; the rows are of "
                    + names.prefix(20).map { "'\($0)'" }.joined(separator: ", "))
        }
        return result
    }

    private static func report(
        _ rows: ComparisonTable, _ groups: RowGroups, _ rules: [RowKeys], written: FilePath, count: Int,
        _ parameters: Parameters, _ context: StageContext
    ) throws {
        let table = try Table.read(written, columns: ["fold"]).integers("fold")
        let folds = (0..<rows.count).map { row in table[row].map { Int($0) } }
        var report = FoldReport(rows, groups: groups, folds: folds, count: count)
        for rule in rules { report.add(rule, isChosen: true, folds) }
        for rule in [GroupRule.conversation, .prompt] where !rules.contains(where: { $0.rule == rule }) {
            report.add(try RowKeys(rows, by: rule, threads: context.threads), isChosen: false, folds)
        }
        guard report.leaks == 0 || parameters.method == .identifiers else {
            throw StageFailure(
                "\(report.leaks) groups are in more than one fold: this is a bug in 'split'")
        }
        try JSONFile.write(report.value(groups: groups.groups.count), to: context.output("report"))
        context.metric("groups", groups.groups.count)
        context.metric("leaks", report.leaks)
        context.metric("partedConversations", report.parted(by: .conversation))
        context.metric("partedPrompts", report.parted(by: .prompt))
        context.metric("trainingOnly", report.trainingOnly)
        context.metric("smallestFold", report.sizes.min() ?? 0)
        context.metric("largestFold", report.sizes.max() ?? 0)
    }

    private static func checkIdentifiers(_ rows: ComparisonTable) throws {
        var seen = TextSet()
        for row in 0..<rows.count {
            guard let id = rows.id[row], seen.insert(id) else {
                throw StageFailure(
                    "the id '\(rows.id[row] ?? "")' occurs in several rows; use 'deduplicate' to make ids unique"
                )
            }
        }
    }
}
