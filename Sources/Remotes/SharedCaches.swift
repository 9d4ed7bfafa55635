package import ArtifactStore
package import Dataflow
package import Digests
internal import Dispatch
internal import Synchronization

/// The shared caches that a run asks for results. Questions are collected and asked together, away from the run loop.
///
/// A cache that does not answer is not asked again: one notice says so, and the run goes on without it.
package final class SharedCaches: ResultSource {
    /// What was asked.
    private enum Question {
        case pathSets(of: Key)
        case result([ResultCandidate], of: Stage)
    }

    private enum Answer: Sendable {
        case pathSets([Digest])
        case result(Trace?)
        case nothing
    }

    private struct Asked {
        let number: Int
        let question: Question
        /// The first of the caches that has not been asked yet.
        var next = 0
    }

    private struct State {
        var questions: [Asked] = []
        var transfers: [(asked: Asked, cache: Int, result: RemoteResult)] = []
        var answers: [Int: @Sendable (Answer) -> Void] = [:]
        var lastNumber = 0
        var isAsking = false
        var isTransferring = false
        var isWatching = false
        var silent: Set<Int> = []
        var refusals = 0
        var report = FetchReport()
    }

    /// What came from the caches.
    package struct FetchReport: Sendable {
        package var results = 0
        package var bytes = 0
        /// The results by the caches' addresses.
        package var sources: [String: Int] = [:]
    }

    private let caches: [RemoteCache]
    private let store: ArtifactStore
    private let notify: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let asking = DispatchQueue(label: "sluice.caches.asking")
    private let transferring = DispatchQueue(label: "sluice.caches.transferring")
    private let watching = DispatchQueue(label: "sluice.caches.watching")
    /// How long a cache may do nothing before it is given up, in seconds.
    private let patience: Double

    /// How many questions are asked at a time.
    private static let batch = 512
    /// How many refusals are told.
    private static let toldRefusals = 10

    /// - Parameters:
    ///   - caches: asked in this order.
    ///   - notify: receives what the user should know.
    package init(
        _ caches: [RemoteCache], store: ArtifactStore, patience: Double = 60,
        notify: @escaping @Sendable (String) -> Void
    ) {
        self.caches = caches
        self.store = store
        self.patience = patience
        self.notify = notify
    }

    /// What has come so far.
    package var report: FetchReport { state.withLock { $0.report } }

    package func findPathSets(of declared: Key, _ answer: @escaping @Sendable ([Digest]) -> Void) {
        ask(.pathSets(of: declared)) { given in
            if case .pathSets(let roots) = given { answer(roots) } else { answer([]) }
        }
    }

    package func fetch(
        _ candidates: [ResultCandidate], of stage: Stage, _ answer: @escaping @Sendable (Trace?) -> Void
    ) {
        ask(.result(candidates, of: stage)) { given in
            if case .result(let trace) = given { answer(trace) } else { answer(nil) }
        }
    }

    private func ask(_ question: Question, _ answer: @escaping @Sendable (Answer) -> Void) {
        let (begins, watches, isUseless) = state.withLock { state in
            guard state.silent.count < caches.count else { return (false, false, true) }
            state.lastNumber += 1
            state.answers[state.lastNumber] = answer
            state.questions.append(Asked(number: state.lastNumber, question: question))
            defer {
                state.isAsking = true
                state.isWatching = true
            }
            return (!state.isAsking, !state.isWatching, false)
        }
        if isUseless { return answer(.nothing) }
        if begins { asking.async { self.work() } }
        if watches { watch() }
    }

    /// Answers a question, unless it has been.
    private func answer(_ asked: Asked, _ given: Answer) {
        let answer = state.withLock { $0.answers.removeValue(forKey: asked.number) }
        answer?(given)
    }

    // MARK: Asking

    private func work() {
        while true {
            let batch = state.withLock { state -> [Asked] in
                let batch = Array(state.questions.prefix(Self.batch))
                state.questions.removeFirst(batch.count)
                if batch.isEmpty { state.isAsking = false }
                return batch
            }
            if batch.isEmpty { return }
            ask(batch)
        }
    }

    private func ask(_ batch: [Asked]) {
        var pathSets: [(asked: Asked, roots: [Digest])] = []
        var results: [Asked] = []
        for asked in batch {
            switch asked.question {
            case .pathSets: pathSets.append((asked, []))
            case .result: results.append(asked)
            }
        }
        // Of path sets, all caches are asked: each may know others.
        for index in caches.indices where !pathSets.isEmpty && isAnswering(index) {
            guarding(index) {
                let keys = pathSets.map { item in
                    if case .pathSets(let key) = item.asked.question {
                        key
                    } else {
                        Key(SHA256.digest(of: []))
                    }
                }
                let found = try ResultFetcher.pathSets(
                    of: keys, in: caches[index], into: store, atMost: ResultFinder.mostPathSets)
                for position in pathSets.indices {
                    let known = pathSets[position].roots
                    pathSets[position].roots += found[position].filter { !known.contains($0) }
                }
            }
        }
        for (asked, roots) in pathSets { answer(asked, .pathSets(roots)) }
        for index in caches.indices where !results.isEmpty {
            let now = results.filter { $0.next <= index }
            guard !now.isEmpty, isAnswering(index) else { continue }
            let hits = find(now, in: index)
            results.removeAll { hits.contains($0.number) }
        }
        for asked in results { answer(asked, .nothing) }
    }

    /// Looks for results in one cache and has those that there are fetched.
    ///
    /// - Returns: the numbers of the questions that are settled with that.
    private func find(_ batch: [Asked], in index: Int) -> Set<Int> {
        var hits: Set<Int> = []
        guarding(index) {
            var keys: [Key] = []
            for case .result(let candidates, _) in batch.map(\.question) { keys += candidates.map(\.key) }
            let answers = try ResultFetcher.find(keys, in: caches[index])
            var found: [Key: RemoteResult] = [:]
            for (key, answer) in zip(keys, answers) {
                switch answer {
                case .success(let result): found[key] = result
                case .failure(let error):
                    if error.code == .unreachable { throw error }
                    refuse(error)
                }
            }
            for asked in batch {
                guard case .result(let candidates, let stage) = asked.question,
                    let result = candidates.lazy.compactMap({ found[$0.key] }).first
                else { continue }
                if let mismatch = result.trace.mismatch(with: stage) {
                    refuse(caches[index].refusal("the result of \(stage.id): \(mismatch)"))
                    continue
                }
                hits.insert(asked.number)
                transfer(asked, from: index, result)
            }
        }
        return hits
    }

    // MARK: Fetching

    private func transfer(_ asked: Asked, from cache: Int, _ result: RemoteResult) {
        let begins = state.withLock { state in
            state.transfers.append((asked, cache, result))
            defer { state.isTransferring = true }
            return !state.isTransferring
        }
        if begins { transferring.async { self.fetchAll() } }
    }

    private func fetchAll() {
        while true {
            let batch = state.withLock { state in
                // Of one cache, so that neighbours come together.
                let cache = state.transfers.first?.cache
                let batch = state.transfers.filter { $0.cache == cache }
                state.transfers.removeAll { $0.cache == cache }
                if batch.isEmpty { state.isTransferring = false }
                return batch
            }
            guard let index = batch.first?.cache else { return }
            fetch(batch.map { ($0.asked, $0.result) }, from: index)
        }
    }

    private func fetch(_ batch: [(asked: Asked, result: RemoteResult)], from index: Int) {
        var outcomes: [Result<Void, RemoteError>] = []
        if isAnswering(index) {
            guarding(index) {
                var fetcher = ResultFetcher(caches[index], into: store)
                outcomes = try fetcher.take(batch.map(\.result))
                let bytes = fetcher.bytesRead
                state.withLock { $0.report.bytes += bytes }
            }
        }
        for (position, (asked, result)) in batch.enumerated() {
            if position < outcomes.count, case .success = outcomes[position] {
                let address = caches[index].storage.address
                state.withLock { state in
                    state.report.results += 1
                    state.report.sources[address, default: 0] += 1
                }
                note(result, in: caches[index])
                answer(asked, .result(result.trace))
                continue
            }
            if position < outcomes.count, case .failure(let error) = outcomes[position] { refuse(error) }
            // The next cache may have it.
            var again = asked
            again.next = index + 1
            askAgain(again)
        }
    }

    private func note(_ result: RemoteResult, in cache: RemoteCache) {
        let name = RemoteName(.results, result.trace.key.digest).text
        try? cache.index.note([name], cache.number)
    }

    private func askAgain(_ asked: Asked) {
        guard caches.indices.contains(asked.next) else { return answer(asked, .nothing) }
        let begins = state.withLock { state in
            state.questions.append(asked)
            defer { state.isAsking = true }
            return !state.isAsking
        }
        if begins { asking.async { self.work() } }
    }

    // MARK: Trouble

    private func isAnswering(_ index: Int) -> Bool { state.withLock { !$0.silent.contains(index) } }

    /// Asks a cache; one that does not answer, or is none, is not asked again.
    private func guarding(_ index: Int, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            giveUp(index, "\(error)")
        }
    }

    private func giveUp(_ index: Int, _ reason: String) {
        let isNew = state.withLock { $0.silent.insert(index).inserted }
        if isNew { notify("\(reason); the run goes on without this cache") }
    }

    private func refuse(_ error: RemoteError) {
        let count = state.withLock { state in
            state.refusals += 1
            return state.refusals
        }
        if count <= Self.toldRefusals {
            notify(error.message)
        } else if count == Self.toldRefusals + 1 {
            notify("more of what the shared caches sent was not used")
        }
    }

    /// Looks from time to time whether the caches still do something, as long as somebody waits. A file system can hang for
    /// ever; then its thread does, too: what was asked is answered here, and nothing is asked any more.
    private func watch() {
        watching.asyncAfter(deadline: .now() + min(1, patience / 2)) {
            let isWaiting = self.state.withLock { state in
                state.isWatching = !state.answers.isEmpty
                return state.isWatching
            }
            guard isWaiting else { return }
            let hanging = self.caches.indices.filter {
                self.caches[$0].storage.activity.silence > self.patience
            }
            for index in hanging {
                let address = self.caches[index].storage.address
                self.giveUp(index, "\(address) has not answered for \(Int(self.patience)) seconds")
            }
            if !hanging.isEmpty {
                self.state.withLock { $0.silent.formUnion(self.caches.indices) }
                self.answerAll()
            }
            self.watch()
        }
    }

    /// Answers all that was asked with nothing.
    private func answerAll() {
        let answers = state.withLock { state in
            defer {
                state.answers = [:]
                state.questions = []
            }
            return state.answers
        }
        for (_, answer) in answers.sorted(by: { $0.key < $1.key }) { answer(.nothing) }
    }
}
