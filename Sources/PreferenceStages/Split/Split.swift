import Columns
import Digests
import Files
public import StageKit
public import StageSchemas

/// Deals rows into folds so that what belongs together stays together.
public enum Split: StageKind {
    /// The parameters.
    public struct Parameters: Decodable, Sendable {
        let folds: Int
        let groupBy: GroupRule
        let seed: Int
    }

    /// What rows of one group have in common.
    public enum GroupRule: String, Decodable, Sendable, CaseIterable {
        /// The set of all their strings.
        case conversation
        /// The list of their prompts.
        case prompt
        /// The `group` column.
        case group
    }

    /// The schema.
    public static let schema = StageSchema(
        name: "split", summary: "Deals rows into folds; no group is in two of them.",
        discussion: """
            Every row gets a fold, 0 to `folds` − 1; a model of a fold trains on the others. `folds: 5` is a split of \
            80 to 20.

            Rows of one group share a fold. A group is a *conversation* (the unordered set of all its strings: a copy \
            with swapped sides belongs to it), a *prompt* (the list of prompts), or what the `group` column says; a \
            row whose `group` is null is grouped by its conversation.

            Groups are dealt from the largest down, each into the fold where its rows and its labels are most wanted, so \
            that folds are of one size and one mixture of labels as far as groups allow. Ties are broken by a digest \
            of seed and group. The result depends on groups and labels and not on the order of rows.

            That no group is in two folds is checked afterwards, from the rows: the metric `leaks` is 0. The report also \
            says how many conversations are in more than one fold, which can happen where the groups are something else.
            """,
        inputs: [InputPort("rows", .one, "A comparison table.")],
        outputs: [
            OutputPort("folds", "folds.parquet", "id, group, fold: one row per comparison, in its order."),
            OutputPort("report", "report.json", "Sizes and labels of the folds."),
        ],
        parameters: [
            Parameter("folds", .integer(2...1_000), default: 5, "How many folds."),
            Parameter(
                "groupBy", .choice(GroupRule.allCases.map(\.rawValue)), default: "conversation",
                "What must not be parted."),
            Parameter("seed", .anyInteger, default: 42, "What chance depends on."),
        ])

    /// Reads the rows, and writes their folds.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let rows = try ComparisonTable.read(context.input("rows"))
        let groups = try RowGroups(rows, parameters.groupBy, threads: context.threads)
        guard groups.groups.count >= parameters.folds else {
            throw StageFailure(
                "\(rows.count) rows in \(groups.groups.count) groups do not fill \(parameters.folds) folds; "
                    + "ask for fewer folds")
        }
        let assigned = FoldAssignment.assign(groups.groups, folds: parameters.folds, seed: parameters.seed)
        let folds = groups.indices.map { assigned[$0] }
        try Table([
            ("id", .string(rows.id)), ("group", .string(StringColumn(groups.names))),
            ("fold", .integer(IntegerColumn(folds.map { Int64($0) }))),
        ]).write(to: context.output("folds"))
        let report = FoldReport(rows, groups: groups, folds: folds, count: parameters.folds)
        guard report.leaks == 0 else {
            throw StageFailure(
                "\(report.leaks) groups are in more than one fold: this is a defect of 'split'")
        }
        let conversations = try rows.keys(by: .conversation, threads: context.threads)
        let parted = FoldReport.parted(conversations, folds: folds)
        try FileContents.write(
            report.value(partedConversations: parted).json + "\n", to: context.output("report"))
        context.metric("groups", groups.groups.count)
        context.metric("leaks", report.leaks)
        context.metric("partedConversations", parted)
        context.metric("smallestFold", report.sizes.min() ?? 0)
        context.metric("largestFold", report.sizes.max() ?? 0)
    }
}
