import Dataflow

extension Runner {
    /// Between signs of life for this run's claims, in seconds.
    static let renewalInterval = 20.0

    /// The time at which something has to be done, whatever happens before.
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

    /// Does what is due.
    func handleTimers() throws {
        let now = system.now
        if let due = commits?.due, now >= due { commits?.send() }
        if now >= nextRenewal {
            nextRenewal = now + Self.renewalInterval
            if watched.contains(where: { runs[$0].attempt != nil }) { try store.renewClaims() }
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
            case .resolving, .queued, .deferred(_, .sharing), .ended: break
            }
        }
        if now >= nextInspection {
            inspectAttempts()
            // However long it takes to look, little of the time is spent so.
            let ended = system.now
            nextInspection = ended + max(options.inspectionInterval, 20 * (ended - now))
        }
    }

    /// An attempt is over its time, or has not ended though it was asked to.
    private func overdue(_ attempt: Attempt, _ now: Double) {
        if attempt.isOverdue(at: now) {
            let limit = attempt.stage.resources.time.map { $0 / .seconds(1) } ?? 0
            return stop(attempt, "it took longer than its time limit of \(limit) seconds")
        }
        attempt.killTime = now + options.terminationGrace
        attempt.process?.kill()
    }

    /// Asks an attempt that is over a limit to end, and kills it after the grace period.
    func stop(_ attempt: Attempt, _ sentence: String) {
        attempt.note(.overLimit(sentence))
        attempt.killTime = system.now + options.terminationGrace
        attempt.process?.terminate()
    }

    /// The user wishes to stop: running stages may finish; the second time, they are ended.
    func interrupt() {
        interruptions += 1
        if interruptions == 1 {
            reporter.report(.draining)
            scheduler.stop()
            for index in watched {
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
