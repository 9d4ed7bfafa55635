import ArtifactStore
import Dataflow
import Dispatch
import Remotes
import Synchronization
import Texts

extension Session {
    /// The shared caches in which to look for results.
    func source(
        _ caches: [RemoteCache], _ store: ArtifactStore, _ view: ResultFinder.FileView,
        consequence: String = "the run continues without this cache",
        notify: @escaping @Sendable (String) -> Void
    ) throws -> SharedCaches {
        SharedCaches(
            caches, store: store, view: view, patience: 6 * (try remotePatience()),
            consequence: consequence, notify: notify)
    }

    /// The shared caches that a run of a pipeline would use; nil if there are none. Reports what is wrong with them.
    func source(
        of pipeline: Pipeline, _ store: ArtifactStore, _ view: ResultFinder.FileView
    ) throws -> SharedCaches? {
        let caches = try sharedCaches(of: pipeline).filter(\.pulls)
        guard !caches.isEmpty else { return nil }
        let consequence = "its contents are unknown"
        var opened: [RemoteCache] = []
        do {
            let index = try remoteIndex(of: store)
            for cache in caches {
                do {
                    opened.append(try open(cache, index, uploads: false))
                } catch {
                    note("\(error); \(consequence)")
                }
            }
        } catch {
            note("\(error); shared caches are not asked")
        }
        guard !opened.isEmpty else { return nil }
        return try source(opened, store, view, consequence: consequence) { self.note($0) }
    }

    /// The name of a shared cache for the user, or its address if it has no name.
    func name(ofCache address: String) -> String {
        let named = try? RemoteList.read(self).remotes.first { $0.url.hasSameBytes(as: address) }
        return named?.name ?? address
    }
}

/// Answers that arrive on other threads.
final class Answers<Answer: Sendable>: Sendable {
    private let answers: Mutex<[Answer?]>
    private let group = DispatchGroup()

    private init(count: Int) {
        answers = Mutex([Answer?](repeating: nil, count: count))
        for _ in 0..<count { group.enter() }
    }

    private func put(_ answer: Answer, at index: Int) {
        answers.withLock { $0[index] = answer }
        group.leave()
    }

    /// The answers to many questions at once; nil for those that have not arrived in time.
    ///
    /// - Parameter seconds: how long to wait; nil for as long as it takes.
    static func to<Item>(
        _ items: [Item], within seconds: Double? = nil,
        _ ask: (Item, @escaping @Sendable (Answer) -> Void) -> Void
    ) -> [Answer?] {
        let answers = Answers<Answer>(count: items.count)
        for (index, item) in items.enumerated() { ask(item) { answers.put($0, at: index) } }
        if let seconds {
            _ = answers.group.wait(timeout: .now() + max(0, seconds))
        } else {
            answers.group.wait()
        }
        return answers.answers.withLock { $0 }
    }
}
