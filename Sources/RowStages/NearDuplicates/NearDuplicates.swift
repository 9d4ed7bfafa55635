import Columns
import Comparisons
import Files
package import StageKit
package import StageSchemas

/// Finds rows with near-duplicate texts, and groups them or keeps one of each group.
package enum NearDuplicates: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The part of a row that is compared: the prompts, prompts and responses, or the responses.")
        var compare = ComparedTexts.Part.prompt

        @Setting("The units of shingles.")
        var shingles = Shingles.Unit.characters

        @Setting(1...32, "The number of characters or words in a shingle.")
        var length = 5

        @Setting(0.1...1, "The minimum Jaccard similarity of near-duplicates.")
        var threshold = 0.8

        @Setting("group keeps all rows and marks the groups, drop keeps one row of each group.")
        var action = Action.group

        @Setting("With drop: whether to keep the first labeled row of a group, if there is one.")
        var preferLabelled = true

        @Setting("With group: whether rows that already share a `group` are merged.")
        var keepGroups = true

        @Setting(4...4_096, "The maximum number of positions in a sketch.")
        var hashes = 128

        @Setting(0.5...0.9999, "The probability of finding a pair whose similarity equals the threshold.")
        var recall = 0.99

        package init() {}

        /// How candidates are found; nil if no banding satisfies these parameters.
        var banding: Banding? { Banding(threshold: threshold, recall: recall, places: hashes) }

        package func validate() throws(ParameterProblem) {
            guard banding != nil else {
                throw $hashes.problem(
                    "\(hashes) do not find pairs of similarity \(threshold) with probability \(recall); "
                        + "raise hashes or threshold, or lower recall")
            }
        }
    }

    /// What happens to a group's rows.
    enum Action: String, SettingChoice {
        case group
        case drop
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "near-duplicates",
        summary: "Finds near-duplicate rows, and groups them or keeps one of each group.",
        discussion: """
            Two rows are near-duplicates if the Jaccard similarity of their sets of shingles (overlapping runs of \
            characters or words) is at least `threshold`. Near-duplicates are in the same group, transitively. Case \
            and runs of spaces are ignored. All scripts are supported; in scripts without spaces, every character is \
            a word. All strings of a row form one set, so that the order of sides and turns does not matter either. \
            Rows without text (nulls, white space) are similar to no other row.

            With `action: group`, all rows are kept, and their `group` column says which belong together: `split` \
            with `groupBy: [group]` never splits them. Rows that already share a `group` stay together, unless \
            `keepGroups` is false. With `action: drop`, the first row of each group is kept.

            The output `groups` has every row's group, named by the smallest id in it. It does not depend on the \
            order of the rows, provided that the same pairs are found.

            Candidates are found by locality-sensitive hashing (fast similarity sketches of at most `hashes` \
            positions, cut into bands), and each is compared exactly. A pair at the threshold is found with \
            probability `recall`, a more similar one with a higher probability; pairs below the threshold are never \
            merged directly. The time is linear in the size of the texts, even if all rows are similar.
            """,
        inputs: [
            InputPort(
                "rows", .one, "A comparison table with unique ids, such as the output of `deduplicate`.")
        ],
        outputs: [
            OutputPort("rows", "rows.parquet", "The rows with their groups, or the kept rows."),
            OutputPort("groups", "groups.parquet", "id, group: one row per comparison, in its order."),
            OutputPort(
                "links", "links.parquet",
                "id, other_id, similarity: the pairs that connect the groups. Pairs that were already in the same group "
                    + "when they were examined are not listed."),
            OutputPort(
                "report", "report.json",
                "The number and sizes of groups, the number of pairs compared, the probability of finding a pair."
            ),
        ],
        parameters: Parameters.self)

    /// Reads the rows; writes rows, groups, links and the report.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try ComparisonTable.read(context.input("rows"))
        guard table.count <= Int(Int32.max) else { throw StageFailure("there are more than 2³¹ rows") }
        try checkIdentifiers(table)
        guard let banding = parameters.banding else { throw StageFailure("there is no banding") }
        let search = try NearDuplicateSearch(
            ComparedTexts(table: table, part: parameters.compare),
            Shingles(unit: parameters.shingles, length: parameters.length), banding,
            threshold: parameters.threshold, threads: context.threads
        ) { context.progress($0, of: $1, "bands") }
        let isDropping = parameters.action == .drop
        let groups = NearDuplicateGroups(
            table, search, joinsNamedGroups: !isDropping && parameters.keepGroups)
        let rows =
            isDropping ? groups.kept(prefersLabelled: parameters.preferLabelled) : Array(0..<table.count)
        let output = isDropping ? table.table.selecting(rows: rows) : try groups.marked()
        try output.write(to: context.output("rows"))
        try groups.named().write(to: context.output("groups"))
        try groups.links(search).write(to: context.output("links"))
        let report = groups.report(
            search, banding, threshold: parameters.threshold, kept: rows.count)
        try JSONFile.write(report, to: context.output("report"))
        context.metric("rows", rows.count)
        context.metric("dropped", table.count - rows.count)
        context.metric("groups", groups.sizes.count)
        context.metric("rowsInGroups", groups.sizes.reduce(0, +))
        context.metric("largestGroup", groups.sizes.first ?? 0)
        context.metric("compared", search.compared)
    }

    private static func checkIdentifiers(_ table: ComparisonTable) throws {
        var seen = Set<[UInt8]>()
        for row in 0..<table.count where !seen.insert(Array(table.id.utf8(at: row) ?? [])).inserted {
            throw StageFailure(
                "two rows have the id '\(table.id[row] ?? "")'; use 'deduplicate' first to make ids unique")
        }
    }
}
