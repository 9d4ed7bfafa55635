import Digests
import Testing

@testable import Dataflow

private func path(_ text: String, _ base: DiscoveredPath.Base = .workingDirectory) -> DiscoveredPath {
    DiscoveredPath(base: base, names: text.utf8.split(separator: UInt8(ascii: "/")).map(Array.init))
}

private func input(
    _ text: String, _ aspect: DiscoveredInput.Aspect, _ base: DiscoveredPath.Base = .workingDirectory
) -> DiscoveredInput {
    DiscoveredInput(path: path(text, base), aspect: aspect)
}

private func digest(_ text: String) -> Digest { SHA256.digest(of: text) }

/// A store of nodes, and a file system.
private final class World {
    var nodes: [Digest: [UInt8]] = [:]
    var states: [DiscoveredInput: DiscoveredState] = [:]
    private(set) var looks = 0

    func evaluator(maximumEntries: Int = 1000) -> SnapshotEvaluator {
        SnapshotEvaluator(
            node: { self.nodes[$0] },
            state: {
                self.looks += 1
                return self.states[$0] ?? .absent
            }, maximumEntries: maximumEntries)
    }

    /// Keeps the discoveries, as if they had just been made.
    func keep(_ discoveries: Discoveries) -> DiscoveryTrees {
        let trees = discoveries.trees()
        nodes.merge(trees.nodes) { first, _ in first }
        states.merge(discoveries.states) { _, new in new }
        return trees
    }
}

struct DiscoveryTests {
    private let discoveries = Discoveries([
        input("src/tool.py", .content): .content(digest("tool")),
        input("src/local.conf", .existence): .absent,
        input("src", .names): .names(digest("names")),
        input("current", .link): .link(digest("src")),
        input("", .names): .names(digest("root")),
        input(".netrc", .existence, .home): .file(size: 120, isExecutable: false),
        input("usr/bin/python3", .program, .root): .program(digest("python"), isExecutable: true),
    ])

    /// The digests come from Tests/DataflowTests/References/keys.py.
    @Test func goldenTreesAndKey() {
        let trees = discoveries.trees()
        #expect(
            trees.pathSet.hexadecimal == "18975d1e0e9d31af675722783a92b7cbf271652ab634cd56d01ac7fdb0253101")
        #expect(
            trees.snapshot.hexadecimal == "03e9c143805fc51e3cc52a1fc9ab823d96516ce7e850c2e82e1cc398ffa61b77")
        let declared = Key(KeyMaterial(.command(KeyMaterial.Command(text: "x", interpreter: []))))
        #expect(
            Key(declared: declared, snapshot: trees.snapshot).description
                == "deea2f4d2e38f04c515790b2bae0a57f48ced202b3889b66b33c8ed56756c102")
    }

    /// Forty nodes that name each other twice would be a million million folders.
    @Test func nodesThatMultiplyAreNotFollowed() throws {
        let world = World()
        for hasStates in [true, false] {
            var node = DiscoveryNode(hasStates: hasStates)
            node.entries = [
                DiscoveryNode.Entry(
                    name: Array("file".utf8), aspect: .existence, state: hasStates ? .absent : nil)
            ]
            for _ in 0..<40 {
                world.nodes[node.digest] = node.encoding
                let child = node.digest
                node = DiscoveryNode(
                    children: ["a", "b"].map { DiscoveryNode.Child(name: Array($0.utf8), digest: child) },
                    hasStates: hasStates)
            }
            world.nodes[node.digest] = node.encoding
            let root = DiscoveryNode(
                children: [DiscoveryNode.Child(name: [UInt8(ascii: ".")], digest: node.digest)],
                hasStates: hasStates)
            world.nodes[root.digest] = root.encoding
            var evaluator = world.evaluator()
            if hasStates {
                #expect(try evaluator.discoveries(in: root.digest) == nil)
                #expect(try evaluator.changes(since: root.digest) == nil)
            } else {
                #expect(try evaluator.snapshot(ofPathSet: root.digest) == nil)
            }
        }
    }

    @Test func everyStateSurvivesItsEncoding() throws {
        let states: [DiscoveredState] = [
            .absent, .file(size: 0, isExecutable: true), .file(size: 1 << 40, isExecutable: false),
            .directory,
            .other, .content(digest("a")), .program(digest("b"), isExecutable: false), .names(digest("c")),
            .link(digest("d")), .changedMeanwhile(digest("e")),
        ]
        let all = Discoveries(
            Dictionary(
                uniqueKeysWithValues: states.enumerated().map { (input("d/\($0)", .content), $1) }))
        let world = World()
        let trees = world.keep(all)
        var evaluator = world.evaluator()
        #expect(try evaluator.discoveries(in: trees.snapshot) == all)
        #expect(
            Set(states.map { Discoveries([input("x", .content): $0]).trees().snapshot }).count == states.count
        )
    }

    @Test func namesAreBytes() throws {
        let composed = DiscoveredPath(base: .workingDirectory, names: [Array("\u{E9}".utf8)])
        let decomposed = DiscoveredPath(base: .workingDirectory, names: [Array("e\u{301}".utf8)])
        let broken = DiscoveredPath(base: .workingDirectory, names: [[0xFF, 0x0A]])
        let all = Discoveries(
            Dictionary(
                uniqueKeysWithValues: [composed, decomposed, broken].map {
                    (DiscoveredInput(path: $0, aspect: .content), .content(digest("\($0)")))
                }))
        #expect(all.states.count == 3)
        let world = World()
        let trees = world.keep(all)
        var evaluator = world.evaluator()
        #expect(try evaluator.discoveries(in: trees.snapshot) == all)
    }

    @Test func aSnapshotOfUnchangedFilesIsTheSame() throws {
        let world = World()
        let trees = world.keep(discoveries)
        var evaluator = world.evaluator()
        #expect(try evaluator.snapshot(ofPathSet: trees.pathSet) == trees.snapshot)
        #expect(try evaluator.changes(since: trees.snapshot) == [])
    }

    @Test func everyChangeGivesAnotherSnapshotAndBackTheSame() throws {
        let world = World()
        let trees = world.keep(discoveries)
        for (input, before) in discoveries.states {
            world.states[input] = .content(digest("new"))
            var changed = world.evaluator()
            #expect(try changed.snapshot(ofPathSet: trees.pathSet) != trees.snapshot)
            #expect(
                try changed.changes(since: trees.snapshot)
                    == [DiscoveryChange(input: input, from: before, to: .content(digest("new")))])
            world.states[input] = before
            var restored = world.evaluator()
            #expect(try restored.snapshot(ofPathSet: trees.pathSet) == trees.snapshot)
        }
    }

    @Test func aFolderThatStagesShareIsReadOnce() throws {
        let world = World()
        let shared = (0..<500).map {
            (input("venv/lib/m\($0).py", .content), DiscoveredState.content(digest("\($0)")))
        }
        let trees = (0..<20).map { stage in
            world.keep(
                Discoveries(
                    Dictionary(
                        uniqueKeysWithValues: shared + [
                            (input("s\(stage).py", .content), .content(digest("s\(stage)")))
                        ])))
        }
        var evaluator = world.evaluator()
        for tree in trees { #expect(try evaluator.snapshot(ofPathSet: tree.pathSet) == tree.snapshot) }
        #expect(world.looks == 520)
    }

    @Test func equalFoldersInDifferentPlacesAreDifferent() throws {
        let world = World()
        let trees = world.keep(
            Discoveries([
                input("a/x", .content): .content(digest("1")), input("b/x", .content): .content(digest("2")),
            ]))
        var evaluator = world.evaluator()
        #expect(try evaluator.snapshot(ofPathSet: trees.pathSet) == trees.snapshot)
    }

    @Test func missingAndDamagedNodesGiveNothing() throws {
        for damage in [nil, [UInt8](), Array("L".utf8)] as [[UInt8]?] {
            let world = World()
            let trees = world.keep(discoveries)
            for node in trees.nodes.keys {
                let whole = world.nodes[node]
                world.nodes[node] = damage
                var evaluator = world.evaluator()
                let snapshot = try evaluator.snapshot(ofPathSet: trees.pathSet)
                let known = try evaluator.discoveries(in: trees.snapshot)
                #expect(snapshot == nil || known == nil)
                world.nodes[node] = whole
            }
        }
    }

    @Test func noBytesCrashTheDecoder() {
        let encoding = discoveries.trees().nodes.values.first ?? []
        for index in encoding.indices {
            #expect(DiscoveryNode(encoding: Array(encoding[..<index])) == nil)
            var changed = encoding
            changed[index] ^= 0xFF
            _ = DiscoveryNode(encoding: changed)
        }
    }

    @Test func pathsReadAsPeopleWriteThem() {
        #expect(path("src/a.py").description == "src/a.py")
        #expect(path("").description == ".")
        #expect(path(".netrc", .home).description == "~/.netrc")
        #expect(path("opt/tool", .root).description == "/opt/tool")
        #expect(path("a/b") < path("a/b/c") && path("a/b/c") < path("a0") && path("z") < path("a", .home))
    }
}
