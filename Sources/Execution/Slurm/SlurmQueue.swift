import Clocks
import Dataflow
import Dispatch
import Files
import Texts

/// The attempts that Slurm runs: submits them, follows them and collects their results, on a separate thread.
final class SlurmQueue: @unchecked Sendable {
    // Everything below is used on `thread` only.
    private let thread = DispatchQueue(label: "sluice.slurm")
    let shared: SharedFolder
    let program: String
    let command: SlurmCommand
    let pollInterval: Double
    let reporter: any Reporter
    let news: @Sendable ([Int]) -> Void
    let token = SharedJob.token()
    var attempts: [String: Followed] = [:]
    var unsubmitted: [String] = []
    private var canceled: [SlurmJobID] = []
    var submissions = 0
    var submissionDue = 0.0
    var submissionPause = 0.0
    private var pace = CollectingPace()
    var pollDue = 0.0
    var pollTroubleSince: Double?
    var hasAccounting = true
    private var isTicking = false
    private var isClosed = false
    lazy var largestArray = readLargestArray()

    /// An attempt, and how far it has been followed.
    struct Followed {
        let attempt: RemoteAttempt
        var id: SlurmJobID?
        var positions = (events: 0, log: 0)
        /// When Slurm first reported its job as over, if no result has been seen since.
        var overSince: Double?
    }

    /// How often the shared folder is checked, in seconds.
    private static let tick = 0.2
    /// How long a result may take to become visible: network file systems are not always up to date.
    var patience: Double { 2 * pollInterval }
    /// How long a job may be unknown to Slurm before it counts as lost.
    var absence: Double { 6 * pollInterval }
    /// The maximum number of jobs that are canceled with one call.
    private static let maximumCanceled = 500

    init(
        shared: SharedFolder, program: String, environment: [String: String], pollInterval: Double,
        reporter: any Reporter, news: @escaping @Sendable ([Int]) -> Void
    ) throws {
        self.shared = shared
        self.program = program
        self.pollInterval = pollInterval
        self.reporter = reporter
        self.news = news
        let folder = shared.batches.appending("driver-" + token)
        try FileSystem.makeDirectories(folder)
        command = SlurmCommand(environment: environment, folder: folder)
    }

    /// The job that an attempt was submitted as; nil if it was not.
    func number(of job: SharedJob) -> SlurmJobID? {
        guard let text = try? FileContents.readText(job.batch, limit: 4096) else { return nil }
        let words = text.parts(between: " ")
        guard words.count == 2, let index = Int(words[1]), !words[0].utf8.contains(UInt8(ascii: "/")),
            let number = try? FileContents.readText(
                SharedBatch(folder: shared.batches.appending(words[0])).number, limit: 4096), !number.isEmpty
        else { return nil }
        return SlurmJobID(number: number, index: index)
    }

    /// Adds an attempt: a new one is submitted, one with a job is followed.
    func add(_ attempt: RemoteAttempt) {
        thread.async { [self] in
            var followed = Followed(attempt: attempt)
            followed.id = number(of: attempt.job)
            attempts[attempt.job.name] = followed
            if followed.id == nil {
                if unsubmitted.isEmpty { submissionDue = max(submissionDue, pace.due(now: now)) }
                unsubmitted.append(attempt.job.name)
            }
            beginTicking()
        }
    }

    /// Ends an attempt that is no longer wanted.
    func cancel(_ attempt: RemoteAttempt) {
        thread.async { [self] in
            guard let followed = attempts[attempt.job.name] else { return }
            if let id = followed.id { canceled.append(id) }
            finish(attempt.job.name, AttemptEnding(cause: .signal(15)))
            try? FileSystem.removeTree(attempt.job.folder)
        }
    }

    /// Cleans up, after all attempts have ended.
    func close() {
        thread.sync {
            isClosed = true
            endCanceled()
            try? FileSystem.removeTree(command.folder)
        }
    }

    var now: Double { MonotonicClock.seconds() }

    private func beginTicking() {
        guard !isTicking, !isClosed else { return }
        isTicking = true
        thread.asyncAfter(deadline: .now() + Self.tick) { [self] in
            isTicking = false
            guard !isClosed else { return }
            look()
            if !attempts.isEmpty || !canceled.isEmpty { beginTicking() }
        }
    }

    private func look() {
        collectDone()
        endCanceled()
        if !unsubmitted.isEmpty, now >= submissionDue {
            submit()
            pace.submitted(now: now)
        }
        if now >= pollDue, attempts.values.contains(where: { $0.id != nil }) {
            poll()
            // However long Slurm takes to answer, asking it takes only a small part of the time.
            let ended = now
            pollDue = ended + pollInterval
        }
    }

    /// Collects the results that jobs have announced.
    private func collectDone() {
        guard let names = try? FileSystem.names(in: shared.done) else { return }
        for name in names where attempts[name] != nil {
            collect(name)
            try? FileSystem.removeFile(shared.done.appending(name))
        }
    }

    /// Collects the result of an attempt.
    func collect(_ name: String) {
        guard let followed = attempts[name] else { return }
        do {
            var positions = followed.positions
            _ = followed.attempt.follow(&positions)
            finish(name, try followed.attempt.ending())
        } catch {
            finish(name, AttemptEnding(cause: .trouble("its result cannot be read: \(error)")))
        }
        try? FileSystem.removeTree(followed.attempt.job.folder)
    }

    func finish(_ name: String, _ ending: AttemptEnding) {
        guard let followed = attempts.removeValue(forKey: name) else { return }
        if followed.id == nil { unsubmitted.removeAll { $0.hasSameBytes(as: name) } }
        followed.attempt.end(ending)
        news([followed.attempt.index])
    }

    private func endCanceled() {
        while !canceled.isEmpty {
            let some = canceled.prefix(Self.maximumCanceled).map { "\($0.number)_\($0.index)" }
            canceled.removeFirst(some.count)
            do {
                reporter.report(.action("scancel \(some.joined(separator: " "))"))
                let answer = try command.run("scancel", ["--quiet"] + some)
                if answer.status != 0 { notice("scancel: \(answer.trouble)") }
            } catch {
                notice("jobs could not be canceled: \(error)")
            }
        }
    }

    func notice(_ text: String) { reporter.report(.notice(text)) }
}
