import Dataflow
import Files

extension Runner {
    /// Looks up all results that can be looked up, in one snapshot.
    func lookUpAll() throws {
        guard let first = scheduler.nextToResolve() else { return }
        try store.lookingUp {
            try lookUp(first)
            while let index = scheduler.nextToResolve() { try lookUp(index) }
        }
    }

    /// Computes the key of a stage whose inputs are known and looks its result up.
    func lookUp(_ index: Int) throws {
        let stage = runs[index].stage
        if let list = stage.awaitedList { return expand(index, by: list) }
        let role = selection.roles[index]
        if role != .forced,
            let frozen = try finder.frozenResult(of: stage, inPipeline: selection.pipeline.name)
        {
            return end(index, frozen)
        }
        let material: KeyMaterial
        do {
            let known = try resolver.material(for: stage) { reference in
                selection.index(of: reference.stage).flatMap {
                    runs[$0].result?.trace?.state(of: reference.output, in: runs[$0].stage)
                }
            }
            guard let known else {
                return end(index, failure: "an input is not what its stage declares", key: nil)
            }
            material = known
        } catch {
            return end(index, failure: "\(error)", key: nil)
        }
        let key = Key(material)
        let verifies = options.verifies && role != .lookedUp
        let isAlways = stage.renewal == .always && role != .lookedUp
        let isForced = role == .forced || isAlways
        let found = try isForced && !verifies ? nil : finder.trace(for: key, of: material, stage)
        if let found, !isForced, !verifies { return end(index, found) }
        if !isForced, !verifies, search(index, key, material) { return }
        try goOn(index, key, material, found: found)
    }

    /// Continues with a stage whose result has to be computed.
    ///
    /// - Parameter found: the result that the store has although the stage is to run.
    func goOn(_ index: Int, _ key: Key, _ material: KeyMaterial, found: Trace?) throws {
        let stage = runs[index].stage
        let role = selection.roles[index]
        let isAlways = stage.renewal == .always && role != .lookedUp
        let isForced = role == .forced || isAlways
        guard role != .lookedUp else { return end(index, failure: Selection.lookUpFailure, key: key) }
        if let reason = options.impossible[stage.id] {
            return end(index, failure: "it cannot run here: " + reason, key: key)
        }
        let reasons: [Staleness] =
            if isAlways, role != .forced {
                [.always]
            } else if role == .forced || found != nil {
                [.forced]
            } else {
                try finder.reasons(for: key, of: material, stage, inPipeline: selection.pipeline.name)
            }
        queue(
            Job(
                index: index, stage: stage, key: key, claim: finder.claim(for: key, of: stage),
                material: material, reasons: reasons,
                claims: !isForced && found == nil, expected: found?.outputs))
        if durations == nil {
            let durations = try store.traces.latestDurations(inPipeline: selection.pipeline.name)
            self.durations = durations
            scheduler.expect(durations: runs.map { durations[$0.stage.id.description] ?? 1 })
        }
        scheduler.missed(index)
    }

    private func queue(_ job: Job) { move(job.index, to: .queued(job)) }

    /// Starts the first attempt of a stage, unless another stage or run is computing its key.
    func start(_ index: Int) throws {
        guard let job = runs[index].job else { preconditionFailure("only a stage with a key can start") }
        if job.claims {
            if let owner = computing[job.claim], owner != index {
                if let trace = runs[owner].result?.trace { return end(index, trace) }
                if let other = runs[owner].attempt?.job ?? retryingJob(owner) {
                    other.sharers.append(index)
                    move(index, to: .deferred(job, .sharing))
                    return scheduler.deferred(index)
                }
            }
            switch try claim(job.claim) {
            case .granted:
                // Another run may have had it until now.
                if let trace = try resultFoundMeanwhile(of: job) {
                    try store.claims.release(job.claim)
                    return end(index, trace)
                }
                computing[job.claim] = index
            case .computed(let trace): return end(index, trace)
            case .heldBy(let holder): return wait(for: holder, job)
            }
        }
        launch(job, number: 1)
    }

    /// The result that an observed command has by now; for other stages, the answer to the claim contains it.
    private func resultFoundMeanwhile(of job: Job) throws -> Trace? {
        guard finder.isObserved(job.stage) else { return nil }
        return try finder.trace(for: job.key, of: job.material, job.stage)
    }

    private func retryingJob(_ index: Int) -> Job? {
        if case .retrying(let job, _, _) = runs[index].phase { job } else { nil }
    }

    /// Defers a stage whose key another run is computing; the delay grows each time.
    private func wait(for holder: String, _ job: Job) {
        if job.lastPause == 0 { reporter.report(.waiting(job.stage.id, holder: holder)) }
        job.lastPause = min(0.1, max(0.0025, job.lastPause) * 2)
        move(job.index, to: .deferred(job, .heldElsewhere(askedAgainAt: system.now + job.lastPause)))
        scheduler.deferred(job.index)
    }

    /// Claims a key, together with those that are likely to be needed next.
    private func claim(_ key: Key) throws -> Claim {
        if claimsAhead.take(key) { return .granted }
        var keys = [key]
        let now = system.now
        for index in scheduler.upcoming(claimsAhead.reach(now: now)) {
            guard let next = runs[index].job, next.claims, computing[next.claim] == nil,
                !keys.contains(next.claim)
            else { continue }
            keys.append(next.claim)
        }
        let claims = try store.claims.acquire(keys)
        for (position, claim) in claims.enumerated() {
            guard case .granted = claim else {
                claimsAhead.meet(now: now)
                continue
            }
            if position > 0 { claimsAhead.add(keys[position]) }
        }
        return claims[0]
    }

    /// Releases the claims of stages that have not started.
    func releaseClaimsAhead() { try? store.claims.release(claimsAhead.takeAll()) }

    /// Starts an attempt of a stage whose key is claimed.
    func launch(_ job: Job, number: Int) {
        let attempt = Attempt(
            job, number: number, folder: folders.nextName(), started: system.now,
            isRemote: options.isRemote(job.stage))
        move(job.index, to: .running(attempt))
        if number > 1 { scheduler.resize(job.index, to: attempt.resources) }
        // A forced stage starts from scratch.
        if number == 1 && job.reasons.contains(.forced) { forgetProgress(job) }
        reporter.report(
            .stageStarted(
                job.stage.id, attempt: number, reasons: job.reasons,
                expected: durations?[job.stage.id.description]))
        do {
            try folders.make(attempt.folder)
            register?.add(attempt)
            attempt.progress = try progressFolder(of: job)
            attempt.process = try executor.start(attempt)
            reporter.report(.attempt(job.stage.id, attempt.description))
        } catch {
            conclude(attempt, .failed("it could not be started: \(error)"))
        }
    }

    /// The folder in which an attempt of a kind saves state for the next one. It is created here for kinds that cannot create it.
    private func progressFolder(of job: Job) throws -> FilePath? {
        guard let folder = options.resumeFolder?.appending(job.key.description), case .kind = job.stage.work
        else { return nil }
        if options.confinement != nil, job.stage.permissions.isConfined {
            try FileSystem.makeDirectories(folder)
        }
        return folder
    }

    /// Removes the state that attempts at a key have saved.
    func forgetProgress(_ job: Job) {
        guard let folder = options.resumeFolder, case .kind = job.stage.work else { return }
        try? FileSystem.removeTree(folder.appending(job.key.description))
    }
}
