import ArtifactStore
import Dataflow
import Digests
import Files
import TestSupport
import Testing

/// What commands have discovered is kept with their results, and goes with them.
struct DiscoveryStoreTests {
    private let material = KeyMaterial(.command(KeyMaterial.Command(text: "c", exempt: ["/data"])))

    private func discoveries(_ text: String, paths: [String]) -> DiscoveryTrees {
        Discoveries(
            Dictionary(
                uniqueKeysWithValues: paths.map { path in
                    let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
                    let input = DiscoveredInput(
                        path: DiscoveredPath(base: .workingDirectory, names: names), aspect: .content)
                    return (input, .content(SHA256.digest(of: text)))
                })
        ).trees()
    }

    private func publish(_ trees: DiscoveryTrees, _ content: String, _ fixture: StoreFixture) throws -> Trace
    {
        let run = try fixture.beginRun()
        let declared = Key(material)
        let artifact = try fixture.store.artifacts.capture(
            try fixture.file(Array(content.utf8)), shape: .file)
        let discovered = Trace.Discovered(
            declared: declared, pathSet: trees.pathSet, snapshot: trees.snapshot)
        let trace = Trace(
            key: Key(declared: declared, snapshot: trees.snapshot), material: material,
            outputs: ["o": artifact], confinement: .confined, discovered: discovered)
        let nodes = DiscoveryNodes(trees.nodes)
        try fixture.store.runs.commit(
            [
                StageResult(
                    stage: StageID("s"), kind: "run", key: trace.key, disposition: .ran, trace: trace,
                    nodes: nodes)
            ], run: run)
        try fixture.store.runs.end(run, outcome: .succeeded)
        #expect(nodes.all.isEmpty)
        return trace
    }

    @Test func itComesBack() throws {
        try withTemporaryFolder { folder in
            let fixture = try StoreFixture(folder)
            let first = discoveries("one", paths: ["src/a", "src/b"])
            let second = discoveries("two", paths: ["src/a"])
            let trace = try publish(first, "1", fixture)
            _ = try publish(second, "2", fixture)
            let store = try fixture.reopened()
            #expect(try store.discoveries.pathSets(of: Key(material)) == [second.pathSet, first.pathSet])
            for (digest, encoding) in first.nodes { #expect(try store.discoveries.node(digest) == encoding) }
            let found = try #require(try store.traces.trace(of: trace.key))
            #expect(found.discovered == trace.discovered && found.confinement == .confined)
            #expect(found.material == material)
            let latest = try #require(try store.traces.latest(ofStage: StageID("s"), inPipeline: "p"))
            #expect(latest.discovered?.snapshot == second.snapshot)
            #expect(try store.discoveries.node(SHA256.digest(of: "none")) == nil)
            #expect(try store.maintenance.verify().isSound)
        }
    }

    @Test func itGoesWithTheLastResultThatHasIt() throws {
        try withTemporaryFolder { folder in
            let fixture = try StoreFixture(folder)
            let old = discoveries("one", paths: ["src/a", "lib/b"])
            let new = discoveries("one", paths: ["src/a", "other/c"])
            _ = try publish(old, "1", fixture)
            _ = try publish(new, "2", fixture)
            _ = try fixture.store.maintenance.collect(CollectionPolicy(keepRuns: 1))
            #expect(try fixture.store.discoveries.pathSets(of: Key(material)) == [new.pathSet])
            for digest in old.nodes.keys where new.nodes[digest] == nil {
                #expect(try fixture.store.discoveries.node(digest) == nil)
            }
            for digest in new.nodes.keys { #expect(try fixture.store.discoveries.node(digest) != nil) }
        }
    }
}
