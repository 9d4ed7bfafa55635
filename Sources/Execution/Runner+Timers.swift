import Dataflow
import Processes

extension Runner {
    /// How long to wait at most.
    func millisecondsToNextTimer() -> Int {
        var times = [nextRenewal]
        if let expiry = claimsAhead.expiry { times.append(expiry) }
        if !attempts.isEmpty { times.append(nextInspection) }
        times += retries.values.map(\.time) + waits.values.map(\.time).filter(\.isFinite)
        times += attempts.values.compactMap { attempt in
            [attempt.killTime, attempt.excess != nil ? nil : attempt.deadline].compactMap { $0 }.min()
        }
        let next = times.min() ?? nextRenewal
        return max(0, Int(((next - MonotonicClock.seconds()) * 1000).rounded(.up)))
    }

    /// Does what is due.
    func handleTimers() throws {
        let now = MonotonicClock.seconds()
        if now >= nextRenewal {
            nextRenewal = now + 20
            if !attempts.isEmpty { try store.renewClaims() }
        }
        if let expiry = claimsAhead.expiry, now >= expiry { releaseClaimsAhead() }
        for (index, retry) in retries where retry.time <= now {
            retries[index] = nil
            startAttempt(index, number: retry.number)
        }
        for (index, wait) in waits where wait.time <= now {
            waits[index]?.time = .infinity
            state.missed(index)
        }
        for attempt in attempts.values {
            if let time = attempt.killTime, time <= now {
                attempt.killTime = now + options.terminationGrace
                attempt.process?.kill()
            }
            if let deadline = attempt.deadline, deadline <= now {
                let limit = attempt.stage.resources.time?.seconds ?? 0
                end(attempt, "it took longer than its time limit of \(limit) seconds")
            }
        }
        if now >= nextInspection {
            inspectAttempts()
            // However long it takes to look, little of the time is spent so.
            let ended = MonotonicClock.seconds()
            nextInspection = ended + max(options.inspectionInterval, 20 * (ended - now))
        }
    }

    /// Asks an attempt to end that has gone beyond a bound, and ends it a little later.
    func end(_ attempt: Attempt, _ excess: String) {
        guard attempt.excess == nil, let process = attempt.process else { return }
        attempt.excess = excess
        process.terminate()
        attempt.killTime = MonotonicClock.seconds() + options.terminationGrace
    }

    /// The user wishes to stop: running stages may finish; the second time, they are ended.
    func interrupt(times: Int) {
        for _ in 0..<times {
            interruptions += 1
            if interruptions == 1 {
                reporter.report(.draining)
                state.stop()
                for index in retries.keys { end(index, canceled: "the run was interrupted") }
                retries = [:]
                waits = [:]
            } else {
                for attempt in attempts.values {
                    attempt.isCanceled = true
                    attempt.process?.kill()
                }
            }
        }
    }
}
