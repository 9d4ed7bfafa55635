import Dataflow

extension Runner {
    /// The interval between renewals of this run's claims, in seconds.
    static let renewalInterval = 20.0

    /// When the loop has to act next, even if nothing happens.
    var nextTimer: Double {
        var time = nextRenewal
        if let expiry = claimsAhead.expiry { time = min(time, expiry) }
        if let due = commits?.due { time = min(time, due) }
        for index in watched {
            if let timer = runs[index].timer { time = min(time, timer) }
            if case .running = runs[index].phase { time = min(time, nextInspection) }
        }
        return time
    }

    /// Handles the timers that are due.
    func handleTimers() throws {
        let now = system.now
        if let due = commits?.due, now >= due { commits?.send() }
        if now >= nextRenewal {
            nextRenewal = now + Self.renewalInterval
            if watched.contains(where: { runs[$0].attempt != nil }) { try store.claims.renew() }
        }
        if let expiry = claimsAhead.expiry, now >= expiry { releaseClaimsAhead() }
        for index in watched {
            guard let timer = runs[index].timer, timer <= now else { continue }
            switch runs[index].phase {
            case .retrying(let job, let number, _): launch(job, number: number)
            case .deferred(let job, .heldElsewhere):
                move(index, to: .queued(job))
                scheduler.missed(index)
            case .running(let attempt), .capturing(let attempt): overdue(attempt, now)
            case .resolving, .searching, .queued, .deferred(_, .sharing), .ended, .replaced: break
            }
        }
        if now >= nextInspection {
            inspectAttempts()
            // However long a check takes, only a small share of the time is spent on it.
            let ended = system.now
            nextInspection = ended + max(options.inspectionInterval, 20 * (ended - now))
        }
    }

    /// Handles an attempt that has exceeded its time limit, or has not ended after it was asked to.
    private func overdue(_ attempt: Attempt, _ now: Double) {
        if attempt.isOverdue(at: now) {
            let limit = attempt.resources.time.map { $0 / .seconds(1) } ?? 0
            return stop(attempt, "it took longer than its time limit of \(limit) seconds")
        }
        attempt.killTime = now + options.terminationGrace
        attempt.process?.kill()
    }

    /// Sends SIGTERM to an attempt over its limit, SIGKILL after the grace period.
    func stop(_ attempt: Attempt, _ sentence: String) {
        attempt.note(.overLimit(sentence))
        attempt.killTime = system.now + options.terminationGrace
        attempt.process?.terminate()
    }

    /// Handles Ctrl-C: running stages may finish; the second time, they are killed.
    func interrupt() {
        interruptions += 1
        if interruptions == 1 {
            reporter.report(.draining)
            scheduler.stop()
            for index in watched {
                // An attempt that waits for another machine has not started yet.
                if let process = runs[index].attempt?.process, process.isWaiting { cancelAttempt(of: index) }
                if case .retrying(let job, _, _) = runs[index].phase {
                    cancel(job, "the run was interrupted")
                }
            }
        } else {
            for index in watched { cancelAttempt(of: index) }
        }
    }

    /// Kills a stage's attempt, if there is one.
    func cancelAttempt(of index: Int) {
        guard let attempt = runs[index].attempt else { return }
        attempt.note(.canceled)
        attempt.process?.kill()
    }
}
