import Digests
import Files
import StageSchemas
import TestSupport
import Testing

@testable import Dataflow

/// Lists that stages produce, and the pipelines that they give.
struct FanOutTests {
    @Test(arguments: [
        ("[]", 0), ("[1, \"1.5\", true]", 3), (#"[{"a": 1, "b": "x"}, {"b": "y", "a": 1}]"#, 2),
    ])
    func listsAreRead(_ json: String, _ count: Int) throws {
        #expect(try ListItem.items(json: Array(json.utf8)).count == count)
    }

    @Test(arguments: [
        ("{}", "it is a map, not a list"), ("[1", "it is not valid JSON"), ("", "it is not valid JSON"),
        ("[null]", "its element 1 is null; a list holds texts, numbers or maps"),
        ("[1, [2]]", "its element 2 is a list; a list holds texts, numbers or maps"),
        ("[1, {\"a\": 1}]", "its element 2 has different keys than the first"),
        ("[{\"a\": 1}, 1]", "its element 2 is an integer, but the first is a map"),
        ("[{\"a\": 1}, {\"b\": 1}]", "its element 2 has different keys than the first"),
        ("[{\"a b\": 1}]", "its element 1 has the key 'a b'"), ("[{}]", "its element 1 is an empty map"),
        ("[{\"a\": [1]}]", "its element 1 has a list as 'a'"),
        ("[\"x\", \"y\", \"x\"]", "its element 3 is a duplicate: x"),
        ("[1, \"1\"]", "its element 2 is a duplicate: 1"),
        ("[\"x\", \"*\"]", "its element 2 is '*', which stands for all instances"),
        ("[{\"a\": \"*\"}]", "its element 1 is '*', which stands for all instances"),
    ])
    func otherFilesAreRefused(_ json: String, _ message: String) {
        do {
            _ = try ListItem.items(json: Array(json.utf8))
            Issue.record("\(json) is accepted")
        } catch {
            #expect("\(error)".hasPrefix(message), "\(error)")
        }
    }

    @Test func textsThatDifferInBytesAreTwoElements() throws {
        let list = "[\"caf\u{E9}\", \"cafe\u{301}\"]"
        #expect(try ListItem.items(json: Array(list.utf8)).count == 2)
    }

    @Test func filesOfADirectoryAreInTheOrderOfTheirBytes() throws {
        try withTemporaryFolder { folder in
            let store = InMemoryArtifactStore(directory: folder)
            for name in ["b", "a/z", "a.b", "é"] { try write(name, to: folder.appending("d/" + name)) }
            let tree = try store.artifacts.capture(folder.appending("d"), shape: .tree)
            let items = try ListItem.items(of: tree, in: store)
            #expect(items.map(\.value) == ["a.b", "a/z", "b", "é"])
            #expect(items[1].digest == SHA256.digest(of: "a/z"))
        }
    }

    /// `list`, an instance of `each` for every element, and `all`, which gathers them.
    static func pipeline(_ lists: KnownLists = [:], more: [Stage] = []) -> Pipeline {
        let list = Stage(
            id: StageID("list"), work: .command(Stage.Command(segments: [.text("list"), .output("o")])),
            outputs: [Stage.Output(name: "o", fileName: "o.txt")])
        let reference = OutputReference(stage: list.id, output: "o")
        func each(_ value: Value, awaits: OutputReference?) -> Stage {
            Stage(
                id: StageID("each", [StageID.Coordinate(axis: "x", value: value)]),
                work: .command(Stage.Command(segments: [.text("each \(value)"), .output("o")])),
                outputs: [Stage.Output(name: "o", fileName: "o.txt")], lists: [reference],
                awaitedList: awaits,
                placeholder: StageID("each", [StageID.Coordinate(axis: "x", value: StageID.unknown)]))
        }
        let instances =
            lists[reference]?.map { each($0.value, awaits: nil) }
            ?? [each(StageID.unknown, awaits: reference)]
        let all = Stage(
            id: StageID("all"), work: .command(Stage.Command(segments: [.text("all"), .output("o")])),
            inputs: [
                Stage.Input(
                    name: "i", source: .gather(instances.map { OutputReference(stage: $0.id, output: "o") }))
            ], outputs: [Stage.Output(name: "o", fileName: "o.txt")])
        return Pipeline(
            name: "p", stages: [list] + instances + [all] + more,
            expansion: Expansion(lists: lists) { pipeline($0, more: more) })
    }

    @Test func aSelectionKeepsItsIndicesWhenMoreIsKnown() throws {
        let reference = OutputReference(stage: StageID("list"), output: "o")
        let selection = Selection(of: Self.pipeline())
        #expect(selection.dependencies == [[], [0], [1]])
        let extended = try selection.extended(with: [reference: [ListItem(1), ListItem(2)]])
        #expect(
            extended.stages.map(\.id.description) == ["list", "each[x=*]", "all", "each[x=1]", "each[x=2]"])
        #expect(extended.order == [0, 3, 4, 2])
        #expect(extended.dependencies == [[], [], [3, 4], [0], [0]])
    }

    @Test func instancesAreSelectedByTheirOwnNamesOrTheirPlaceholders() throws {
        let reference = OutputReference(stage: StageID("list"), output: "o")
        func id(_ value: Value) -> StageID { StageID("each", [StageID.Coordinate(axis: "x", value: value)]) }
        func selected(_ ids: Set<StageID>) throws -> [String] {
            let selection = Selection(of: Self.pipeline(), chosen: ids, isForced: true)
            let known = try selection.expanded(with: [reference: [ListItem(1), ListItem(2)]])
            return zip(known.stages, known.roles).map { "\($0.id) \($1)" }
        }
        #expect(
            try selected([id(StageID.unknown)]) == ["list needed", "each[x=1] forced", "each[x=2] forced"])
        #expect(try selected([id(2)]) == ["list needed", "each[x=2] forced"])
        let gone = try Selection(of: Self.pipeline(), chosen: [id(3)]).extended(
            with: [reference: [ListItem(1)]])
        #expect(gone.missing == [id(3)])
    }

    @Test func aPlanHasTheInstancesOfAListThatTheStoreHas() throws {
        try withTemporaryFolder { folder in
            let store = InMemoryArtifactStore(directory: folder)
            let planner = Planner(store: store, environment: { _ in nil })
            let before = try planner.plan(Selection(of: Self.pipeline()))
            guard case .unexpanded(let lists) = before.entries[1].state else {
                Issue.record("\(before.entries[1].state)")
                return
            }
            #expect(lists == [StageID("list")])
            let list = before.entries[0].stage
            try write("[\"a\", \"b\"]", to: folder.appending("o"))
            let material = try #require(
                try StageResolver(store: store) { _ in nil }.material(for: list) { _ in nil })
            let trace = Trace(
                key: Key(material), material: material,
                outputs: ["o": try store.artifacts.capture(folder.appending("o"), shape: .file)])
            let run = try store.runs.begin(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
            try store.runs.commit(
                [StageResult(stage: list.id, kind: "run", key: trace.key, disposition: .ran, trace: trace)],
                run: run)
            let after = try planner.plan(Selection(of: Self.pipeline()))
            #expect(after.entries.map(\.stage.id.description) == ["list", "each[x=a]", "each[x=b]", "all"])
            guard case .stale(_, [.neverRan]) = after.entries[2].state,
                case .pending(let upstream, _) = after.entries[3].state
            else {
                Issue.record("\(after.entries)")
                return
            }
            #expect(upstream.count == 2)
        }
    }

    @Test func mergedVariantsAreExpandedTogether() throws {
        let other = Stage(
            id: StageID("other"), work: .command(Stage.Command(segments: [.text("other")])),
            outputs: [Stage.Output(name: "o", fileName: "o")])
        let merged = PipelineMerge(
            name: "s", [("a", Self.pipeline()), ("b", Self.pipeline(more: [other]))]
        ).pipeline
        #expect(merged.stages.map(\.id.description) == ["list", "each[x=*]", "all", "other"])
        let known = try merged.expanded(
            with: [OutputReference(stage: StageID("list"), output: "o"): [ListItem(1)]])
        #expect(known.stages.map(\.id.description) == ["list", "each[x=1]", "all", "other"])
        #expect(known.stages.allSatisfy { !$0.isPlaceholder })
    }

    @Test func aGrowingGraphIsRunLikeOneThatWasKnown() {
        func node(_ dependencies: [Int]) -> SchedulerState.Node { .init(dependencies: dependencies) }
        var scheduler = SchedulerState(
            nodes: [node([]), node([0]), node([1])], capacity: SchedulerState.Capacity(cpus: 4))
        func resolve() -> Int? {
            guard let index = scheduler.nextToResolve() else { return nil }
            scheduler.missed(index)
            return index
        }
        #expect(resolve() == 0)
        #expect(scheduler.next() == .start(0))
        scheduler.finished(0, .done)
        #expect(scheduler.nextToResolve() == 1)
        // 1 turns out to be 3 and 4, and 2 reads from them.
        scheduler.extend(
            to: [node([]), node([]), node([3, 4]), node([0]), node([0])], order: [0, 3, 4, 2],
            durations: [1, 1, 1, 1, 5])
        #expect(resolve() == 3)
        #expect(resolve() == 4)
        #expect(resolve() == nil)
        // The longer one first.
        #expect(scheduler.next() == .start(4))
        #expect(scheduler.next() == .start(3))
        scheduler.finished(4, .done)
        #expect(!scheduler.isFinished)
        scheduler.finished(3, .done)
        #expect(resolve() == 2)
        #expect(scheduler.next() == .start(2))
        scheduler.finished(2, .done)
        #expect(scheduler.isFinished)
    }

    @Test func dependentsOfAFailureAreSkippedInAGrownGraph() {
        func node(_ dependencies: [Int]) -> SchedulerState.Node { .init(dependencies: dependencies) }
        var scheduler = SchedulerState(
            nodes: [node([]), node([]), node([1])], capacity: SchedulerState.Capacity(cpus: 4),
            keepsGoing: true)
        scheduler.missed(0)
        _ = scheduler.nextToResolve()
        _ = scheduler.next()
        scheduler.finished(0, .failed)
        // 1 becomes 3, which reads from what has failed, and 4, which does not.
        scheduler.extend(
            to: [node([]), node([]), node([3, 4]), node([0]), node([])], order: [0, 3, 4, 2],
            durations: [1, 1, 1, 1, 1])
        #expect(scheduler.ending(of: 3) == .skipped)
        #expect(scheduler.ending(of: 2) == .skipped)
        #expect(scheduler.ending(of: 4) == nil)
    }
}
