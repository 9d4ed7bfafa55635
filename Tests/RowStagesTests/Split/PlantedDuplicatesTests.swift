import Columns
import Files
import FoundationEssentials
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import Groups
@testable import Randomness
@testable import RowStages

/// Rows with copies planted among them (exact, with swapped sides, of the same prompt, nearly alike, of one group, and copies of
/// copies): whatever the parameters, no copy is in a different fold than its original.
///
/// `SLUICE_PLANTED` says how many tables are tried, for `make test-parity`.
@Suite struct PlantedDuplicatesTests {
    private static let count =
        ProcessInfo.processInfo.environment["SLUICE_PLANTED"].flatMap { Int($0) } ?? 8

    /// Rows, and which of them belong together.
    private struct Planted {
        var rows: [Comparison] = []
        var links: [(Int, Int)] = []
        private var random: SeededGenerator

        init(seed: Int) {
            random = SeededGenerator(seed: seed)
            for index in 0..<(30 + random.integer(below: 150)) {
                if !rows.isEmpty, random.integer(below: 3) > 0 { plant() } else { add(text("\(index)")) }
            }
            shuffle()
        }

        /// A text of words that no other text has.
        private mutating func text(_ name: String) -> String {
            (0..<(12 + random.integer(below: 20))).map { _ in "w\(name)x\(random.integer(below: 1_000_000))" }
                .joined(separator: " ")
        }

        private mutating func add(_ prompt: String) {
            let index = rows.count
            rows.append(
                Comparison(
                    id: "row-\(index)", source: ["train", "extra"][random.integer(below: 2)],
                    prompt: [prompt], responseA: ["a \(text("a\(index)"))"],
                    responseB: ["b \(text("b\(index)"))"], label: [.a, .b, .tie][random.integer(below: 3)]))
        }

        /// Adds a copy of a row, of one kind or another.
        private mutating func plant() {
            let (from, index) = (random.integer(below: rows.count), rows.count)
            links.append((from, index))
            var copy = rows[from]
            let other = Comparison(
                id: "row-\(index)", source: "extra", prompt: copy.prompt,
                responseA: [text("c\(index)")], responseB: [text("d\(index)")], label: .tie)
            switch random.integer(below: 5) {
            case 0: copy.group = nil
            case 1: swap(&copy.responseA, &copy.responseB)
            case 2: copy = other
            case 3:
                // One word of many is another one.
                var words = (copy.prompt[0] ?? "").split(separator: " ").map(String.init)
                words[random.integer(below: words.count)] = "other\(index)"
                copy = other
                copy.prompt = [words.joined(separator: "  ").uppercased()]
            default:
                let group = rows[from].group ?? "group-\(from)"
                rows[from].group = group
                copy = other
                copy.prompt = [text("e\(index)")]
                copy.group = group
            }
            copy.id = "row-\(index)"
            rows.append(copy)
        }

        private mutating func shuffle() {
            var order = Array(rows.indices)
            random.shuffle(&order)
            var place = [Int](repeating: 0, count: order.count)
            for (new, old) in order.enumerated() { place[old] = new }
            rows = order.map { rows[$0] }
            links = links.map { (place[$0.0], place[$0.1]) }
        }
    }

    private func parameters(_ random: inout SeededGenerator, canTrainAlone: Bool) -> [String: Value] {
        var parameters: [String: Value] = [
            "groupBy": ["conversation", "prompt", "group"], "seed": .integer(random.integer(below: 1000)),
        ]
        if random.integer(below: 3) == 0 {
            parameters["method"] = "holdOut"
            parameters["validation"] = .number(0.1 + 0.1 * Double(random.integer(below: 6)))
        } else {
            parameters["folds"] = .integer(2 + random.integer(below: 6))
        }
        if canTrainAlone, random.integer(below: 3) == 0 { parameters["trainingSources"] = ["train"] }
        return parameters
    }

    @Test(arguments: 0..<count) func copiesShareTheirFold(seed: Int) throws {
        let planted = Planted(seed: seed)
        var random = SeededGenerator(seed: seed + 1_000_000)
        var sets = DisjointSets(count: planted.rows.count)
        for (from, to) in planted.links { sets.join(from, to) }
        let groups = Dictionary(grouping: planted.rows.indices, by: { [names = sets.names()] in names[$0] })
        // Groups without a row of `train` are for the folds.
        let free = groups.values.filter { group in group.allSatisfy { planted.rows[$0].source == "extra" } }
        let parameters = parameters(&random, canTrainAlone: free.count >= 10)
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let near = try trial.run(
                NearDuplicates.self, ["rows": [trial.table("rows.parquet", planted.rows)]],
                ["threshold": 0.6, "recall": 0.9999, "hashes": 1024])
            let marked = try #require(near["rows"])
            let outputs = try trial.run(Split.self, ["rows": [marked]], parameters)
            let table = try Table.read(#require(outputs["folds"]))
            let (folds, ids) = (try table.integers("fold"), try table.strings("id"))
            #expect(planted.rows.indices.map { ids[$0] } == planted.rows.map(\.id))
            for (from, to) in planted.links where folds[from] != folds[to] {
                Issue.record(
                    "\(parameters): \(planted.rows[from].id) and its copy \(planted.rows[to].id) are in two folds"
                )
            }
            // A fold holds what it can, groups being whole.
            let largest = groups.values.map(\.count).max() ?? 1
            if parameters["method"] == nil, parameters["trainingSources"] == nil {
                let sizes = Dictionary(
                    grouping: planted.rows.indices.map { folds[$0] ?? -1 }, by: \.self
                ).mapValues(\.count)
                #expect(sizes[-1] == nil)
                let (least, most) = (sizes.values.min() ?? 0, sizes.values.max() ?? 0)
                #expect(most - least <= 2 * largest, "\(parameters): \(sizes)")
            }
            // Dropped to one row of each group, no two that are left are alike.
            let unique = try trial.run(Deduplicate.self, ["rows": [trial.table("again", planted.rows)]])
            let kept = try comparisons(unique["rows"])
            let again = try trial.run(Deduplicate.self, ["rows": [trial.table("kept", kept)]])
            #expect(try comparisons(again["rows"]).map(\.id) == kept.map(\.id))
        }
    }
}
