internal import ArtifactStore
internal import Clocks
internal import Dataflow
internal import Digests
internal import Synchronization

extension SharedCaches {
    /// Asks the caches, with similar questions in one batch.
    func ask(_ batch: [Question]) {
        findPathSets(batch.filter { $0.candidates == nil })
        var rest = batch.filter { $0.candidates != nil }
        for index in caches.indices where !rest.isEmpty {
            let now = rest.filter { $0.next <= index }
            guard !now.isEmpty, isAnswering(index) else { continue }
            let hits = find(now, in: index)
            rest.removeAll { hits.contains($0.number) }
        }
        for question in rest { answer(question, nil) }
    }

    /// Asks all caches for path sets, because each may know different ones.
    private func findPathSets(_ questions: [Question]) {
        guard let pathSets, !questions.isEmpty else { return }
        var found = [[ForeignPathSets.Found]](repeating: [], count: questions.count)
        for index in caches.indices where isAnswering(index) && !pathSets.isSpent {
            asking(index, questions.count) {
                let lists = try pathSets.find(of: questions.map(\.key), in: caches[index])
                for position in questions.indices {
                    let known = found[position].map(\.root)
                    found[position] += lists[position].filter { !known.contains($0) }.map {
                        ForeignPathSets.Found(root: $0, cache: index)
                    }
                }
                return lists.count { !$0.isEmpty }
            }
        }
        look(zip(questions, found).map { ($0, $1) })
    }

    /// Inspects the paths in path sets, one question after the other, and looks for the acceptable results.
    func inspectAll() {
        var judged: [Question] = []
        var started = MonotonicClock.seconds()
        while true {
            let look = state.withLock { state in
                let look = state.looks.isEmpty ? nil : state.looks.removeFirst()
                state.isLooking = look != nil
                state.inspectingSince = look == nil ? nil : MonotonicClock.seconds()
                return look
            }
            guard let look else { break }
            judged.append(judge(look.question, look.pathSets))
            // In batches, but no question waits long for the others.
            if MonotonicClock.seconds() - started > 0.1 {
                askAgain(judged)
                judged = []
                started = MonotonicClock.seconds()
            }
        }
        askAgain(judged)
    }

    private func judge(_ question: Question, _ found: [ForeignPathSets.Found]) -> Question {
        var question = question
        guard let pathSets else { return question }
        do {
            let judgment = try pathSets.judge(found.map(\.root), of: question.key, question.stage)
            question.candidates = judgment.candidates
            for refusal in judgment.refusals {
                guard let cache = found.first(where: { $0.root == refusal.pathSet })?.cache else { continue }
                refuse(caches[cache].refusal("a path set of \(question.stage.id): \(refusal.reason)"))
            }
        } catch {
            // This concerns the store, and the run will report it itself.
            question.candidates = []
        }
        return question
    }

    /// Looks for results in one cache, and starts fetching those that it has if they are wanted.
    ///
    /// - Returns: the numbers of the questions that this settles.
    private func find(_ batch: [Question], in index: Int) -> Set<Int> {
        var hits: Set<Int> = []
        asking(index, batch.count) {
            let answers = try ResultLookup(in: caches[index]).find(
                batch.flatMap { $0.candidates ?? [] }.map(\.key))
            var found: [Key: RemoteResult] = [:]
            for answer in answers {
                switch answer {
                case .success(let result): if let result { found[result.trace.key] = result }
                case .failure(let error):
                    if error.code == .unreachable { throw error }
                    refuse(error)
                }
            }
            for question in batch {
                let candidates = question.candidates ?? []
                guard let candidate = candidates.first(where: { found[$0.key] != nil }),
                    let result = found[candidate.key]
                else { continue }
                if let mismatch = mismatch(result.trace, candidate, question.stage) {
                    refuse(caches[index].refusal("the result of \(question.stage.id): \(mismatch)"))
                    continue
                }
                hits.insert(question.number)
                if question.fetches {
                    transfer(question, from: index, result)
                } else {
                    answer(
                        question, Sighting(trace: result.trace, address: caches[index].storage.address))
                }
            }
            return hits.count
        }
        return hits
    }

    /// Why a result is not the one that was asked for; nil if it is.
    private func mismatch(_ trace: Trace, _ candidate: ResultCandidate, _ stage: Stage) -> String? {
        // Otherwise, the store would keep a path set that was not checked.
        guard trace.discovered == candidate.discovered else { return "it names another path set" }
        return trace.mismatch(with: stage)
    }

    // MARK: Fetching

    /// Fetches results from one cache at a time, so that adjacent data is fetched together.
    func fetchAll() {
        while true {
            let batch = state.withLock { state in
                let cache = state.transfers.first?.cache
                let batch = state.transfers.filter { $0.cache == cache }
                state.transfers.removeAll { $0.cache == cache }
                if batch.isEmpty { state.isTransferring = false }
                return batch
            }
            guard let index = batch.first?.cache else { return }
            for part in Self.parts(batch.map { ($0.question, $0.result) }) { fetch(part, from: index) }
        }
    }

    /// The results in parts, so that the indexes of the packs of one part fit into memory.
    private static func parts(
        _ batch: [(question: Question, result: RemoteResult)]
    ) -> [[(question: Question, result: RemoteResult)]] {
        var parts: [[(question: Question, result: RemoteResult)]] = []
        var packs: Set<PackReference> = []
        var entries = 0
        for item in batch {
            let new = item.result.document.packs.filter { !packs.contains($0) }
            let more = new.reduce(0) { $0 + $1.entries }
            if parts.isEmpty || entries + more > maximumEntries {
                parts.append([])
                packs = []
                entries = 0
            }
            packs.formUnion(item.result.document.packs)
            entries += more
            parts[parts.count - 1].append(item)
        }
        return parts
    }

    /// The most entries of packs whose indexes are in memory at a time, unless a single result has more.
    private static let maximumEntries = 4 << 20

    private func fetch(_ batch: [(question: Question, result: RemoteResult)], from index: Int) {
        var outcomes: [Result<Void, RemoteError>] = []
        if isAnswering(index) {
            guarding(index) {
                var fetcher = ResultFetcher(caches[index], into: store, knownNodes: pathSets?.nodes)
                outcomes = try fetcher.take(batch.map(\.result))
                let bytes = fetcher.bytesRead
                state.withLock { $0.report.bytes += bytes }
            }
        }
        var again: [Question] = []
        for (position, (question, result)) in batch.enumerated() {
            if position < outcomes.count, case .success = outcomes[position] {
                let address = caches[index].storage.address
                state.withLock { state in
                    state.report.results += 1
                    state.report.sources[address, default: 0] += 1
                }
                note(result, in: caches[index])
                answer(question, Sighting(trace: result.trace, address: address))
                continue
            }
            if position < outcomes.count, case .failure(let error) = outcomes[position] { refuse(error) }
            // The next cache may have it.
            var question = question
            question.next = index + 1
            again.append(question)
        }
        askAgain(again)
    }

    private func note(_ result: RemoteResult, in cache: RemoteCache) {
        let name = RemoteName(.results, result.trace.key.digest).text
        try? cache.index.note([name], cache.number)
    }
}
