import Digests
import Synchronization
import Testing

@testable import Dataflow

/// Whoever makes a path set may name what he likes; looking at it has limits.
struct PathSetJudgeTests {
    /// A file system that counts accesses, and a clock that advances with each of them.
    private final class World: Sendable {
        struct State {
            var looks = 0
            var clock = 0.0
            var secondsEach = 0.0
            var bytesEach = 0
            var nodes: [Digest: [UInt8]] = [:]
        }

        let state = Mutex(State())

        var looks: Int { state.withLock { $0.looks } }

        func judge(_ limits: PathSetJudge.Limits, observes: Bool = true) -> PathSetJudge {
            PathSetJudge(
                view: ResultFinder.FileView(
                    observes: observes,
                    foreignState: { _, limit in
                        try self.state.withLock { state in
                            state.looks += 1
                            state.clock += state.secondsEach
                            guard state.bytesEach <= limit else { throw PathSetJudge.Refusal("too large") }
                            return (.absent, state.bytesEach)
                        }
                    }, state: { _ in .absent }), limits: limits,
                now: { self.state.withLock { $0.clock } },
                node: { digest in self.state.withLock { $0.nodes[digest] } })
        }

        /// A path set of a number of files in a folder.
        func pathSet(_ folder: String, _ count: Int) -> Digest {
            var states: [DiscoveredInput: DiscoveredState] = [:]
            for index in 0..<count {
                let names = [Array(folder.utf8), Array("\(index)".utf8)]
                let path = DiscoveredPath(base: .workingDirectory, names: names)
                states[DiscoveredInput(path: path, aspect: .content)] = .absent
            }
            let trees = Discoveries(states).trees()
            state.withLock { $0.nodes.merge(trees.nodes) { first, _ in first } }
            return trees.pathSet
        }
    }

    private let stage = Stage(
        id: StageID("s"), work: .command(Stage.Command(segments: [.text("cat x")])),
        outputs: [Stage.Output(name: "o", fileName: "o")])
    private let key = Key(KeyMaterial(.command(KeyMaterial.Command(text: "cat x"))))

    private func limits(_ change: (inout PathSetJudge.Limits) -> Void) -> PathSetJudge.Limits {
        var limits = PathSetJudge.Limits()
        change(&limits)
        return limits
    }

    @Test func theCurrentStateGivesTheKey() throws {
        let world = World()
        let roots = [world.pathSet("a", 3), world.pathSet("b", 2)]
        var judge = world.judge(PathSetJudge.Limits())
        let judgment = try judge.judge(roots, of: key, stage)
        #expect(judgment.candidates.map(\.discovered?.pathSet) == roots)
        #expect(
            judgment.candidates.allSatisfy { candidate in
                candidate.discovered.map { candidate.key == Key(declared: key, snapshot: $0.snapshot) }
                    ?? false
            })
        #expect(judgment.refusals.isEmpty)
        // Each path is looked at once.
        _ = try judge.judge(roots, of: key, stage)
        #expect(world.looks == 5)
        var unobserved = world.judge(PathSetJudge.Limits(), observes: false)
        #expect(try unobserved.judge([], of: key, stage).candidates.map(\.key) == [key])
    }

    @Test func manyPathsAreRefused() throws {
        let world = World()
        let (large, small) = (world.pathSet("a", 50), world.pathSet("b", 5))
        var judge = world.judge(limits { $0.paths = 20 })
        let judgment = try judge.judge([large, small], of: key, stage)
        #expect(judgment.refusals.map(\.reason) == ["it names more than 20 paths"])
        #expect(judgment.candidates.map(\.discovered?.pathSet) == [small])
        #expect(world.looks < 30)
        // Several path sets of one look-up share its limit.
        let parts = (0..<10).map { world.pathSet("c\($0)", 10) }
        let shared = try judge.judge(parts, of: key, stage)
        #expect(shared.candidates.count == 2 && shared.refusals.count == 8)
    }

    @Test func manyBytesAreRefused() throws {
        let world = World()
        world.state.withLock { $0.bytesEach = 30 }
        var judge = world.judge(limits { $0.bytes = 100 })
        let judgment = try judge.judge([world.pathSet("a", 10)], of: key, stage)
        #expect(judgment.candidates.isEmpty && judgment.refusals.count == 1)
        #expect(world.looks == 4)
    }

    @Test func slowLookupsAreRefusedIndividuallyAndInTotal() throws {
        let world = World()
        world.state.withLock { $0.secondsEach = 4 }
        var judge = world.judge(
            limits {
                $0.seconds = 10
                $0.allSeconds = 25
            })
        #expect(try judge.judge([world.pathSet("a", 2)], of: key, stage).candidates.count == 1)
        let slow = try judge.judge([world.pathSet("b", 100)], of: key, stage)
        #expect(
            slow.refusals.map(\.reason) == ["inspecting the paths that it names takes more than 10 seconds"])
        #expect(!judge.isSpent)
        _ = try judge.judge([world.pathSet("c", 100)], of: key, stage)
        #expect(judge.isSpent)
        let looks = world.looks
        #expect(try judge.judge([world.pathSet("d", 100)], of: key, stage).refusals.count == 1)
        #expect(world.looks <= looks + 1)
    }

    @Test func allPathsTogetherHaveALimit() throws {
        let world = World()
        var judge = world.judge(limits { $0.allPaths = 25 })
        for folder in ["a", "b"] { _ = try judge.judge([world.pathSet(folder, 10)], of: key, stage) }
        let last = try judge.judge([world.pathSet("c", 10)], of: key, stage)
        #expect(last.refusals.map(\.reason) == ["path sets have already named 25 different paths"])
        #expect(judge.isSpent)
    }

    /// A name such as `../../proc` would lead past all checks of what may be looked at.
    @Test(arguments: ["..", ".", "", "a/b", "../../etc", "a\0b"])
    func invalidNamesAreNotFollowed(_ name: String) throws {
        let world = World()
        var folder = DiscoveryNode(hasStates: false)
        folder.entries = [DiscoveryNode.Entry(name: Array(name.utf8), aspect: .content, state: nil)]
        var inner = DiscoveryNode(hasStates: false)
        inner.children = [DiscoveryNode.Child(name: Array("x".utf8), digest: folder.digest)]
        var root = DiscoveryNode(hasStates: false)
        root.children = [DiscoveryNode.Child(name: Array("/".utf8), digest: inner.digest)]
        for node in [folder, inner, root] {
            world.state.withLock { $0.nodes[node.digest] = node.encoding }
        }
        var judge = world.judge(PathSetJudge.Limits())
        #expect(try judge.judge([root.digest], of: key, stage).candidates.isEmpty)
        #expect(world.looks == 0)
    }
}
