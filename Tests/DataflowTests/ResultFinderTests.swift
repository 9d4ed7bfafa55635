import Digests
import Files
import Synchronization
import TestSupport
import Testing

@testable import Dataflow

/// Results of commands are found by what they have discovered.
struct ResultFinderTests {
    /// What there is to see, which tests change.
    private final class World: Sendable {
        let states = Mutex<[DiscoveredInput: DiscoveredState]>([:])

        func see(_ path: String, _ text: String) {
            states.withLock { $0[World.input(path)] = .content(SHA256.digest(of: text)) }
        }

        static func input(_ path: String) -> DiscoveredInput {
            DiscoveredInput(
                path: DiscoveredPath(base: .workingDirectory, names: [Array(path.utf8)]), aspect: .content)
        }

        func fileView(observes: Bool = true) -> ResultFinder.FileView {
            ResultFinder.FileView(observes: observes) { input in
                self.states.withLock { $0[input] ?? .absent }
            }
        }
    }

    private let stage = Stage(
        id: StageID("s"), work: .command(Stage.Command(segments: [.text("cat x")])),
        outputs: [Stage.Output(name: "o", fileName: "o")])
    private let material = KeyMaterial(.command(KeyMaterial.Command(text: "cat x")))
    private var key: Key { Key(material) }

    /// Commits a result of the stage that has read paths in their current state; of an unconfined run if that is nil.
    private func commit(
        reading paths: [String]?, in world: World, _ store: InMemoryArtifactStore, output: String
    ) throws {
        try withTemporaryFolder { folder in
            try write(output, to: folder.appending("o"))
            let artifact = try store.artifacts.capture(folder.appending("o"), shape: .file)
            let discoveries = paths.map { paths in
                Discoveries(
                    Dictionary(
                        uniqueKeysWithValues: paths.map { path in
                            let input = World.input(path)
                            return (input, world.states.withLock { $0[input] ?? .absent })
                        }))
            }
            let trees = discoveries?.trees()
            let discovered = trees.map {
                Trace.Discovered(declared: key, pathSet: $0.pathSet, snapshot: $0.snapshot)
            }
            let trace = Trace(
                key: discovered.map { Key(declared: key, snapshot: $0.snapshot) } ?? key, material: material,
                outputs: ["o": artifact], confinement: paths == nil ? .unconfined : .confined,
                discovered: discovered)
            let run = try store.runs.begin(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
            try store.runs.commit(
                [
                    StageResult(
                        stage: stage.id, kind: "run", key: trace.key, disposition: .ran, trace: trace,
                        nodes: trees.map { DiscoveryNodes($0.nodes) })
                ], run: run)
        }
    }

    private func found(_ world: World, _ store: InMemoryArtifactStore, observes: Bool = true) throws
        -> String?
    {
        let finder = ResultFinder(store: store, view: world.fileView(observes: observes))
        let artifact = try finder.trace(for: key, of: material, stage)?.outputs["o"]
        return artifact.flatMap { store.content(of: $0.digest) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func aResultIsFoundIfNothingHasChanged() throws {
        let (world, store) = (World(), InMemoryArtifactStore(directory: "/"))
        #expect(try found(world, store) == nil)
        world.see("x", "one")
        try commit(reading: ["x", "missing"], in: world, store, output: "of one")
        #expect(try found(world, store) == "of one")
        world.see("x", "two")
        #expect(try found(world, store) == nil)
        let finder = ResultFinder(store: store, view: world.fileView())
        #expect(
            try finder.reasons(for: key, of: material, stage, inPipeline: "p") == [
                .discoveredInputChanged(
                    name: "x", from: SHA256.digest(of: "one").abbreviated,
                    to: SHA256.digest(of: "two").abbreviated)
            ])
        // Another version may read other paths.
        world.see("y", "deep")
        try commit(reading: ["x", "y"], in: world, store, output: "of two")
        #expect(try found(world, store) == "of two")
        world.see("y", "other")
        #expect(try found(world, store) == nil)
        world.see("x", "one")
        #expect(try found(world, store) == "of one")
        world.see("missing", "here")
        #expect(try found(world, store) == nil)
    }

    @Test func unconfinedResultsCountInUnconfinedRuns() throws {
        let (world, store) = (World(), InMemoryArtifactStore(directory: "/"))
        try commit(reading: nil, in: world, store, output: "unconfined")
        #expect(try found(world, store) == nil)
        #expect(try found(world, store, observes: false) == "unconfined")
        let finder = ResultFinder(store: store, view: world.fileView())
        #expect(try finder.reasons(for: key, of: material, stage, inPipeline: "p") == [.notObserved])
        #expect(finder.claim(for: key, of: stage) != key)
        // An observed one is the better one.
        world.see("x", "one")
        try commit(reading: ["x"], in: world, store, output: "observed")
        #expect(try found(world, store) == "observed" && found(world, store, observes: false) == "observed")
        world.see("x", "two")
        #expect(try found(world, store, observes: false) == "unconfined")
    }

    @Test func withoutObservationOnlyTheDeclaredKeyCounts() throws {
        let (world, store) = (World(), InMemoryArtifactStore(directory: "/"))
        let finder = ResultFinder(store: store, view: nil)
        #expect(finder.claim(for: key, of: stage) == key)
        try commit(reading: ["x"], in: world, store, output: "observed")
        #expect(try finder.trace(for: key, of: material, stage) == nil)
        try commit(reading: nil, in: world, store, output: "unconfined")
        #expect(try finder.trace(for: key, of: material, stage) != nil)
    }
}
