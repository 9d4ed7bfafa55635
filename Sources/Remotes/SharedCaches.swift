package import ArtifactStore
internal import Clocks
package import Dataflow
internal import Digests
internal import Dispatch
internal import Synchronization

/// The shared caches in which a run looks for results. Lookups are collected and made together, outside the run loop.
///
/// For a command there are two lookups: which paths did earlier results read, and is there a result for what is at these
/// paths here? If a cache does not respond, or is too slow to be useful, the run says so once and continues without it.
package final class SharedCaches: ResultSource {
    /// A question about a stage.
    struct Question {
        let number: Int
        let key: Key
        let stage: Stage
        /// True to fetch the result into the store; false to only find out where it is.
        let fetches: Bool
        /// The acceptable results; nil until they are known.
        var candidates: [ResultCandidate]?
        /// The first cache that has not been asked yet.
        var next = 0
    }

    struct State {
        var questions: [Question] = []
        var looks: [(question: Question, pathSets: [ForeignPathSets.Found])] = []
        var transfers: [(question: Question, cache: Int, result: RemoteResult)] = []
        var answers: [Int: @Sendable (Sighting?) -> Void] = [:]
        var lastNumber = 0
        var isAsking = false
        var isLooking = false
        var isTransferring = false
        var isWatching = false
        /// When the current inspection of a path set's paths began.
        var inspectingSince: Double?
        /// The caches that are no longer used.
        var silent: Set<Int> = []
        /// Those of them that cannot be reached, or hang.
        var unreachable: Set<Int> = []
        var paces: [Int: AskingPace] = [:]
        var refusals = 0
        var report = FetchReport()
    }

    let caches: [RemoteCache]
    let store: ArtifactStore
    private let notify: @Sendable (String) -> Void
    /// The consequence of giving a cache up, for notices.
    private let consequence: String
    let state = Mutex(State())
    let pathSets: ForeignPathSets?
    private let asking = DispatchQueue(label: "sluice.caches.asking")
    private let looking = DispatchQueue(label: "sluice.caches.looking")
    private let transferring = DispatchQueue(label: "sluice.caches.transferring")
    private let watching = DispatchQueue(label: "sluice.caches.watching")
    /// How long a cache, or a file system, may make no progress before it is given up, in seconds.
    private let patience: Double

    /// How many lookups are made at a time.
    private static let batch = 512
    /// How many rejected results are reported.
    private static let reportedRefusals = 10

    /// - Parameters:
    ///   - caches: asked in this order.
    ///   - view: what is at the paths that commands have read; nil to find results by their keys alone.
    ///   - consequence: the consequence of giving a cache up, for notices.
    ///   - notify: receives messages for the user.
    package init(
        _ caches: [RemoteCache], store: ArtifactStore, view: ResultFinder.FileView?,
        limits: PathSetJudge.Limits = PathSetJudge.Limits(), patience: Double = 60,
        consequence: String = "the run continues without this cache",
        notify: @escaping @Sendable (String) -> Void
    ) {
        self.caches = caches
        self.store = store
        self.patience = patience
        self.notify = notify
        self.consequence = consequence
        pathSets = view.map { ForeignPathSets($0, limits, store) }
    }

    /// What has been fetched so far.
    package var report: FetchReport { state.withLock { $0.report } }

    package func fetch(_ key: Key, of stage: Stage, _ answer: @escaping @Sendable (Trace?) -> Void) {
        ask(key, of: stage, fetches: true) { answer($0?.trace) }
    }

    /// Looks for the result of a stage without fetching it.
    package func look(
        for key: Key, of stage: Stage, _ answer: @escaping @Sendable (Sighting?) -> Void
    ) { ask(key, of: stage, fetches: false, answer) }

    private func ask(
        _ key: Key, of stage: Stage, fetches: Bool, _ answer: @escaping @Sendable (Sighting?) -> Void
    ) {
        let isKnown = pathSets == nil || !PathSetJudge.concerns(stage)
        let (begins, watches, isUseless) = state.withLock { state in
            guard state.silent.count < caches.count else { return (false, false, true) }
            state.lastNumber += 1
            state.answers[state.lastNumber] = answer
            state.questions.append(
                Question(
                    number: state.lastNumber, key: key, stage: stage, fetches: fetches,
                    candidates: isKnown ? [ResultCandidate(key: key)] : nil))
            defer {
                state.isAsking = true
                state.isWatching = true
            }
            return (!state.isAsking, !state.isWatching, false)
        }
        if isUseless { return answer(nil) }
        if begins { asking.async { self.askAll() } }
        if watches { watch() }
    }

    /// Answers a question, unless it has been answered already.
    func answer(_ question: Question, _ given: Sighting?) {
        let answer = state.withLock { $0.answers.removeValue(forKey: question.number) }
        answer?(given)
    }

    // MARK: Queues

    private func askAll() {
        while true {
            let batch = state.withLock { state -> [Question] in
                let batch = Array(state.questions.prefix(Self.batch))
                state.questions.removeFirst(batch.count)
                if batch.isEmpty { state.isAsking = false }
                return batch
            }
            if batch.isEmpty { return }
            ask(batch)
        }
    }

    /// Asks the next caches, or looks for a result now that the acceptable ones are known.
    func askAgain(_ questions: [Question]) {
        let useful = questions.filter { caches.indices.contains($0.next) && $0.candidates?.isEmpty != true }
        let numbers = Set(useful.map(\.number))
        for question in questions where !numbers.contains(question.number) { answer(question, nil) }
        guard !useful.isEmpty else { return }
        let begins = state.withLock { state in
            state.questions += useful
            defer { state.isAsking = true }
            return !state.isAsking
        }
        if begins { asking.async { self.askAll() } }
    }

    /// Has the paths in path sets inspected, which takes as long as reading these files.
    func look(_ looks: [(question: Question, pathSets: [ForeignPathSets.Found])]) {
        let begins = state.withLock { state in
            state.looks += looks
            defer { state.isLooking = true }
            return !state.isLooking
        }
        if begins { looking.async { self.inspectAll() } }
    }

    /// Has a result fetched.
    func transfer(_ question: Question, from cache: Int, _ result: RemoteResult) {
        let begins = state.withLock { state in
            state.transfers.append((question, cache, result))
            defer { state.isTransferring = true }
            return !state.isTransferring
        }
        if begins { transferring.async { self.fetchAll() } }
    }

    // MARK: Trouble

    func isAnswering(_ index: Int) -> Bool { state.withLock { !$0.silent.contains(index) } }

    /// Uses a cache. If it does not respond, or is not a cache, it is not used again.
    func guarding(_ index: Int, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            if (error as? RemoteError)?.code == .unreachable {
                state.withLock { _ = $0.unreachable.insert(index) }
            }
            giveUp(index, "\(error)")
        }
    }

    /// Asks a cache a number of questions; `body` returns how many of them it could answer. If it is too slow to be useful, it is
    /// not used again.
    func asking(_ index: Int, _ count: Int, _ body: () throws -> Int) {
        guarding(index) {
            let started = MonotonicClock.seconds()
            let found = try body()
            let seconds = MonotonicClock.seconds() - started
            let pace = state.withLock { state in
                state.paces[index, default: AskingPace()].add(asked: count, found: found, seconds: seconds)
                return state.paces[index] ?? AskingPace()
            }
            guard pace.isTooSlow(patience: patience) else { return }
            giveUp(index, "\(caches[index].storage.address) \(pace.words)")
        }
    }

    private func giveUp(_ index: Int, _ reason: String) {
        let isNew = state.withLock { $0.silent.insert(index).inserted }
        if isNew { notify("\(reason); \(consequence)") }
    }

    func refuse(_ error: RemoteError) {
        let count = state.withLock { state in
            state.refusals += 1
            return state.refusals
        }
        if count <= Self.reportedRefusals {
            notify(error.message)
        } else if count == Self.reportedRefusals + 1 {
            notify("further results from shared caches were rejected")
        }
    }

    /// While a caller waits, checks from time to time whether the caches still make progress. If a file system hangs
    /// forever, so does the thread that uses it; then its questions are answered here, and the cache is not used again.
    private func watch() {
        watching.asyncAfter(deadline: .now() + min(1, patience / 2)) {
            let (isWaiting, inspectingSince) = self.state.withLock { state in
                state.isWatching = !state.answers.isEmpty
                return (state.isWatching, state.inspectingSince)
            }
            guard isWaiting else { return }
            let hanging = self.caches.indices.filter {
                self.caches[$0].storage.activity.silence > self.patience
            }
            for index in hanging {
                let address = self.caches[index].storage.address
                self.state.withLock { _ = $0.unreachable.insert(index) }
                self.giveUp(index, "\(address) has not responded for \(Int(self.patience)) seconds")
            }
            let limit = max(self.patience, self.pathSets?.longestLook ?? 0)
            let isStuck = inspectingSince.map { MonotonicClock.seconds() - $0 > limit } ?? false
            if isStuck {
                self.notify(
                    "a file that a shared cache's path set names cannot be read in \(Int(limit)) seconds; "
                        + self.consequence)
            }
            if isStuck || !hanging.isEmpty {
                self.state.withLock { $0.silent.formUnion(self.caches.indices) }
                self.answerAll()
            }
            self.watch()
        }
    }

    /// Answers all open questions with nothing.
    private func answerAll() {
        let answers = state.withLock { state in
            defer {
                state.answers = [:]
                state.questions = []
                state.looks = []
            }
            return state.answers
        }
        for (_, answer) in answers.sorted(by: { $0.key < $1.key }) { answer(nil) }
    }
}

/// How quickly a cache responds.
struct AskingPace {
    private var asked = 0
    private var found = 0
    private var seconds = 0.0

    /// How many seconds are worth waiting for each question, and for each result that was found.
    private static let secondsEach = 0.25
    private static let secondsEachFound = 5.0

    mutating func add(asked: Int, found: Int, seconds: Double) {
        self.asked += asked
        self.found += found
        self.seconds += seconds
    }

    func isTooSlow(patience: Double) -> Bool {
        seconds > patience + Double(asked) * Self.secondsEach + Double(found) * Self.secondsEachFound
    }

    var words: String { "has taken \(Int(seconds)) seconds to answer \(asked) questions" }
}
