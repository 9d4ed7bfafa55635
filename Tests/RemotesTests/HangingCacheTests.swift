import ArtifactStore
import Digests
import Dispatch
import Execution
import Files
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Dataflow
@testable import Remotes

/// Caches that hang, are slow or name forbidden paths: a client gets an answer, and a notice says why.
@Suite(.timeLimit(.minutes(2))) struct HangingCacheTests {
    /// A storage of which every reading waits until the end of the test.
    private final class HangingStorage: RemoteStorage {
        let address = "file:///hanging"
        let activity = RemoteActivity()
        private let end: DispatchSemaphore

        init(until end: DispatchSemaphore) { self.end = end }

        func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>] {
            activity.during {
                end.wait()
                end.signal()
            }
            return requests.map { _ in .success(nil) }
        }
        func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>] {
            objects.map { _ in .success(()) }
        }
        func sizes(of names: [String]) -> [Result<Int?, RemoteError>] { names.map { _ in .success(nil) } }
        func update(
            _ names: [String], limit: Int, _ transform: @Sendable (Int, [UInt8]?) -> [UInt8]?
        ) -> [Result<Void, RemoteError>] { names.map { _ in .success(()) } }
        func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws {}
        func remove(_ names: [String]) -> [Result<Void, RemoteError>] { names.map { _ in .success(()) } }
    }

    /// The notices that a run gets.
    private final class Notices: Sendable {
        private let all = Mutex<[String]>([])
        var texts: [String] { all.withLock { $0 } }
        func add(_ text: String) { all.withLock { $0.append(text) } }
    }

    private static let stage = Stage(
        id: StageID("s"), work: .command(Stage.Command(segments: [.text("cat x")])),
        outputs: [Stage.Output(name: "o", fileName: "o")])
    private static let key = Key(KeyMaterial(.command(KeyMaterial.Command(text: "cat x"))))

    private func withStore(_ body: (ArtifactStore, FilePath) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let folder = try FileSystem.canonical(folder)
            let store = try ArtifactStore(
                path: folder.appending("store.sqlite"), workingDirectory: folder)
            try body(store, folder)
        }
    }

    /// Asks for the stage's result, and waits for the answer.
    private func ask(_ source: SharedCaches) -> Trace? {
        let done = DispatchSemaphore(value: 0)
        let slot = Slot()
        source.fetch(Self.key, of: Self.stage) { trace in
            slot.put(trace)
            done.signal()
        }
        done.wait()
        return slot.trace
    }

    private final class Slot: Sendable {
        private let content = Mutex<Trace?>(nil)
        var trace: Trace? { content.withLock { $0 } }
        func put(_ trace: Trace?) { content.withLock { $0 = trace } }
    }

    @Test func aFileSystemThatHangsIsGivenUp() throws {
        try withStore { store, folder in
            let end = DispatchSemaphore(value: 0)
            defer { end.signal() }
            let notices = Notices()
            let cache = try RemoteCache(HangingStorage(until: end), index: RemoteIndex(in: folder))
            let source = SharedCaches(
                [cache], store: store, view: nil, patience: 0.4, notify: notices.add)
            #expect(ask(source) == nil)
            #expect(notices.texts.count == 1)
            #expect(notices.texts[0].contains("file:///hanging has not responded"))
            // It is not asked again.
            #expect(ask(source) == nil)
        }
    }

    /// A cache in a folder whose only path set for the stage has these entries.
    private func cache(
        in folder: FilePath, naming inputs: [DiscoveredInput], nodes: [Digest: [UInt8]] = [:],
        root: Digest? = nil
    ) throws -> RemoteCache {
        let place = folder.appending("cache")
        let states = Dictionary(uniqueKeysWithValues: inputs.map { ($0, DiscoveredState.absent) })
        let trees = Discoveries(states).trees()
        let root = root ?? trees.pathSet
        let all = try DiscoveryClosure.nodes(below: [root]) { nodes[$0] ?? trees.nodes[$0] }
        var list = PathSetList()
        _ = list.add(root, of: Self.key.digest, signedWith: nil)
        for (name, bytes) in [
            (RemoteName.format, RemoteCache.formatText),
            (RemoteName(.commands, Self.key.digest).text, try list.bytes()),
            (RemoteName(.discoveries, root).text, try DiscoveryDocument.bytes(all, of: root)),
        ] {
            let path = place.appending(name)
            try FileSystem.makeDirectories(path.parent)
            try FileContents.write(bytes, to: path)
        }
        return try RemoteCache(
            FolderStorage(place, address: "file://\(place)"), index: RemoteIndex(in: folder))
    }

    private func input(
        _ path: FilePath, _ aspect: DiscoveredInput.Aspect = .content
    ) -> DiscoveredInput {
        let names = path.text.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        return DiscoveredInput(path: DiscoveredPath(base: .root, names: names), aspect: aspect)
    }

    private func fileView(_ store: ArtifactStore) -> ResultFinder.FileView {
        StagePlaces(environment: ["HOME": "/nowhere"], hidden: store.ownPaths).fileView(
            of: store, observes: true)
    }

    @Test func specialAndOversizeFilesAreNotRead() throws {
        try withStore { store, folder in
            // Reading the first would never end, and the second would take minutes.
            let pipe = folder.appending("pipe")
            #expect(mkfifo(pipe.text, 0o666) == 0)
            let large = folder.appending("large")
            try write("", to: large)
            #expect(truncate(large.text, 1 << 42) == 0)
            let notices = Notices()
            for (inputs, reason) in [
                ([input(pipe)], nil), ([input("/proc/kmsg")], "on which no result depends"),
                ([input("/dev/zero")], "on which no result depends"),
                ([input(large)], "too large"), ([input(store.path)], "on which no result depends"),
            ] {
                try? FileSystem.removeTree(folder.appending("cache"))
                let source = SharedCaches(
                    [try cache(in: folder, naming: inputs)], store: store, view: fileView(store),
                    notify: notices.add)
                let before = notices.texts.count
                #expect(ask(source) == nil)
                let told = notices.texts.dropFirst(before)
                #expect(told.count == (reason == nil ? 0 : 1), "\(inputs[0].path): \(told)")
                if let reason { #expect(told.first?.contains(reason) == true, "\(told)") }
            }
            // Nothing of it is in the store.
            let root = Discoveries([input(pipe): .absent]).trees().pathSet
            #expect(try store.discoveries.node(root) == nil)
        }
    }

    @Test func endlessNodesAreRejected() throws {
        try withStore { store, folder in
            var nodes: [Digest: [UInt8]] = [:]
            var node = DiscoveryNode(entries: [], children: [], hasStates: false)
            for _ in 0..<60 {
                nodes[node.digest] = node.encoding
                let child = node.digest
                node = DiscoveryNode(
                    entries: [],
                    children: ["a", "b"].map { DiscoveryNode.Child(name: Array($0.utf8), digest: child) },
                    hasStates: false)
            }
            nodes[node.digest] = node.encoding
            let root = DiscoveryNode(
                entries: [], children: [DiscoveryNode.Child(name: Array("/".utf8), digest: node.digest)],
                hasStates: false)
            nodes[root.digest] = root.encoding
            let notices = Notices()
            let cache = try cache(in: folder, naming: [], nodes: nodes, root: root.digest)
            let source = SharedCaches(
                [cache], store: store, view: fileView(store), notify: notices.add)
            #expect(ask(source) == nil)
            #expect(notices.texts.count == 1 && notices.texts[0].contains("more than 200000 paths"))
        }
    }

    @Test func aFileThatCannotBeReadToItsEndIsGivenUp() throws {
        try withStore { store, folder in
            let end = DispatchSemaphore(value: 0)
            defer { end.signal() }
            let notices = Notices()
            let cache = try cache(in: folder, naming: [input("/somewhere/slow")])
            let view = ResultFinder.FileView(
                observes: true,
                foreignState: { _, _ in
                    end.wait()
                    end.signal()
                    return (.absent, 0)
                }, state: { _ in .absent })
            var limits = PathSetJudge.Limits()
            limits.seconds = 0.1
            let source = SharedCaches(
                [cache], store: store, view: view, limits: limits, patience: 0.4, notify: notices.add)
            #expect(ask(source) == nil)
            #expect(notices.texts.count == 1)
            #expect(notices.texts[0].contains("cannot be read in"))
            #expect(ask(source) == nil)
        }
    }

    @Test func slowAnswersHaveALimit() {
        var pace = AskingPace()
        pace.add(asked: 500, found: 0, seconds: 150)
        #expect(!pace.isTooSlow(patience: 60))
        pace.add(asked: 100, found: 0, seconds: 100)
        #expect(pace.isTooSlow(patience: 60))
        pace.add(asked: 0, found: 10, seconds: 0)
        #expect(!pace.isTooSlow(patience: 60))
    }

    /// Large documents are read one by one, and as large as they may be.
    @Test func documentsOfAllSizesAreRead() throws {
        try withTemporaryFolder { folder in
            let storage = FolderStorage(folder, address: "file://\(folder)")
            for (name, size) in [("a", 10), ("b", 1 << 20), ("c", 3 << 20)] {
                try FileContents.write([UInt8](repeating: 7, count: size), to: folder.appending(name))
            }
            var sizes: [Int: Int?] = [:]
            var refused: [Int] = []
            storage.forEachDocument(["a", "b", "c", "d"], limit: 2 << 20) { index, answer in
                switch answer {
                case .success(let bytes): sizes[index] = .some(bytes?.count)
                case .failure: refused.append(index)
                }
            }
            #expect(sizes == [0: 10, 1: 1 << 20, 3: nil])
            #expect(refused == [2])
        }
    }
}
