import Clocks
import Dataflow
import Digests
import Files
import StageKit

extension Runner {
    /// Handles the news of a stage's attempt: its events, and its end.
    func hear(_ index: Int) {
        guard case .running(let attempt) = runs[index].phase, let process = attempt.process else { return }
        let (events, ending) = process.take()
        for event in events { note(event, of: attempt) }
        guard let ending else { return }
        attempt.process = nil
        attempt.cost = Cost(
            wallSeconds: system.now - attempt.started, cpuSeconds: ending.cpuSeconds,
            peakMemory: ending.peakMemory)
        if case .status(0) = ending.cause, attempt.stop == nil, captures.isImmediate(attempt),
            scheduler.vacate(index)
        {
            unsettled.append((attempt, ending))
        } else {
            settle(attempt, ending)
        }
    }

    /// Determines how the attempts that have ended did, now that others use their resources.
    func settleAttempts() {
        let ended = unsettled
        unsettled = []
        for (attempt, ending) in ended { settle(attempt, ending, isImmediate: true) }
    }

    /// Determines how an attempt has ended, and captures its outputs.
    ///
    /// - Parameter isImmediate: true if its outputs are known to be small.
    private func settle(_ attempt: Attempt, _ ending: AttemptEnding, isImmediate: Bool = false) {
        attempt.reads = ending.reads
        if let report = ending.report { take(report, of: attempt) }
        attempt.shortenLog()
        if ending.leftProcesses, attempt.stop == nil {
            reporter.report(
                .notice("\(attempt.stage.id) left processes running when it ended; they were killed"))
        }
        if let outcome = failure(of: attempt, ending.cause) { return conclude(attempt, outcome) }
        if let message = takeMetrics(of: attempt) { return conclude(attempt, .failed(message)) }
        move(attempt.job.index, to: .capturing(attempt))
        if let outcome = captures.capture(attempt, isImmediate: isImmediate) { captured(outcome) }
    }

    private func note(_ event: StageEvent, of attempt: Attempt) {
        func scrubbed(_ text: String) -> String { attempt.scrubber?.scrubbed(text) ?? text }
        switch event {
        case .progress(let done, let total, let unit):
            reporter.report(.progress(attempt.stage.id, done: done, total: total, unit: scrubbed(unit)))
        case .metric(let name, let value):
            guard value.isFinite, attempt.metrics.count < 10_000 else { return }
            let name = scrubbed(name)
            attempt.metrics[name] = value
            reporter.report(.metric(attempt.stage.id, name: name, value: value))
        case .log(let line):
            let line = scrubbed(line)
            reporter.report(.log(attempt.stage.id, line))
            attempt.append(toLog: line)
        case .failure(let message): attempt.failure = scrubbed(message)
        }
    }

    /// The outcome of an attempt that has ended, unless its outputs are to be captured.
    private func failure(of attempt: Attempt, _ cause: AttemptEnding.Cause) -> AttemptOutcome? {
        if let outcome = outcome(ofStopped: attempt) { return outcome }
        if let excess = diskExcess(of: attempt) ?? attempt.failure { return .failed(excess) }
        switch cause {
        case .signal(let signal):
            let hint = signal == 9 ? " (the system may have run out of memory)" : ""
            return .failed("it was ended by signal \(signal)\(hint)" + refusals(of: attempt))
        case .status(let status) where status != 0:
            return .failed("it ended with exit status \(status)" + refusals(of: attempt))
        case .trouble(let sentence): return .failed(sentence)
        case .lost(let sentence): return .lost(sentence)
        case .status: break
        }
        do {
            if let change = try inputChange(of: attempt) { return .failed(change) }
            if let forbidden = RefusalReport(attempt, options.confinement?.places).forbidden {
                return .failed(forbidden)
            }
            if let notice = RefusalReport(attempt, options.confinement?.places).notice {
                reporter.report(.notice("\(attempt.stage.id): \(notice)"))
            }
            let undeclared = try attempt.undeclaredOutputs()
            guard !undeclared.isEmpty else { return nil }
            let names = undeclared.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            return .failed("it wrote undeclared outputs: \(names)")
        } catch {
            return .failed("\(error)")
        }
    }

    /// What a failed attempt was refused, as the rest of a sentence.
    private func refusals(of attempt: Attempt) -> String {
        RefusalReport(attempt, options.confinement?.places).all.map { "; " + $0 } ?? ""
    }

    /// The outcome of an attempt that the loop has stopped; nil if it has not.
    private func outcome(ofStopped attempt: Attempt) -> AttemptOutcome? {
        switch attempt.stop {
        case .canceled: .canceled("the run was interrupted")
        case .overLimit(let sentence): .failed(sentence)
        case nil: nil
        }
    }

    /// Handles the captured outputs of an attempt, or the error.
    func captured(_ outcome: CaptureQueue.Outcome) {
        guard case .capturing(let attempt) = runs[outcome.index].phase else { return }
        if let stopped = self.outcome(ofStopped: attempt) { return conclude(attempt, stopped) }
        switch outcome.outputs {
        case .failure(let failure): conclude(attempt, .failed(failure.message))
        case .success(let outputs):
            attempt.trees = outcome.trees ?? attempt.trees
            conclude(attempt, verdict(on: attempt, outputs))
        }
    }

    private func verdict(on attempt: Attempt, _ outputs: [String: Artifact]) -> AttemptOutcome {
        if let output = attempt.stage.outputs.first(where: { output in
            output.expected.map { $0 != outputs[output.name]?.digest } ?? false
        }) {
            return .failed("its output '\(output.name)' is not the file that was expected")
        }
        guard let expected = attempt.job.expected else {
            return options.verifies ? .unverified(outputs) : .succeeded(outputs)
        }
        guard let name = expected.keys.sorted().first(where: { expected[$0] != outputs[$0] }) else {
            return .succeeded(outputs)
        }
        return .failed("it is not deterministic: the output '\(name)' differs between two runs")
    }

    /// The message if an input has changed since the attempt started.
    private func inputChange(of attempt: Attempt) throws -> String? {
        guard let change = try attempt.inputStamps.change() else { return nil }
        guard change.isOutside else {
            return
                "its input '\(change.input)' was modified while it ran; stages must not change their inputs"
        }
        let sources = attempt.stage.inputs.filter { $0.name == change.input }.map { input in
            if case .external(let source) = input.source { source.path } else { input.name }
        }
        return "the input \(sources.first ?? change.input) changed while the stage read it; run again"
    }

    /// Continues with a stage whose attempt is over.
    func conclude(_ attempt: Attempt, _ outcome: AttemptOutcome) {
        let job = attempt.job
        switch outcome {
        case .succeeded(let outputs):
            let discovered = attempt.trees.map {
                Trace.Discovered(declared: job.key, pathSet: $0.pathSet, snapshot: $0.snapshot)
            }
            let trace = Trace(
                key: discovered.map { Key(declared: job.key, snapshot: $0.snapshot) } ?? job.key,
                material: job.material, outputs: outputs, metrics: attempt.metrics, cost: attempt.cost,
                log: log(of: attempt), confinement: attempt.confinement, discovered: discovered)
            folders.recycle(attempt.folder)
            forgetProgress(job)
            end(
                job,
                job.result(.ran, trace: trace, started: wallStart(of: attempt), nodes: attempt.trees?.nodes),
                .done)
        case .unverified(let outputs):
            job.expected = outputs
            folders.recycle(attempt.folder)
            forgetProgress(job)
            scheduler.resize(job.index, to: attempt.resources)
            launch(job, number: attempt.number)
        case .failed(let text):
            let message = attempt.scrubber?.scrubbed(text) ?? text
            if attempt.number <= job.stage.retries.times, interruptions == 0 {
                AttemptFolders.remove(attempt.folder)
                return retry(job, number: attempt.number + 1, after: attempt.number, message)
            }
            let lastLines = attempt.lastLines
            let kept = keptFolder(of: attempt)
            let failure = FailureRecord(log: log(of: attempt), lastLines: lastLines, folder: kept)
            AttemptFolders.remove(attempt.folder)
            try? store.claims.release(job.claim)
            end(
                job, job.result(.failed, message: message, started: wallStart(of: attempt), failure: failure),
                .failed)
        case .lost(let message):
            guard job.losses < Self.maximumLosses else {
                return conclude(attempt, .failed(message + "; it was started again \(job.losses) times"))
            }
            guard interruptions == 0 else { return conclude(attempt, .canceled(message)) }
            job.losses += 1
            AttemptFolders.remove(attempt.folder)
            retry(job, number: attempt.number, after: job.losses, message + ", through no fault of its own")
        case .canceled(let message):
            AttemptFolders.remove(attempt.folder)
            cancel(job, message)
        }
    }

    /// When an attempt started, in seconds since 1970.
    private func wallStart(of attempt: Attempt) -> Double {
        WallClock.seconds() - (system.now - attempt.started)
    }

    /// The place of a failed attempt's folder if such folders are kept; if it cannot be kept, a notice says so.
    private func keptFolder(of attempt: Attempt) -> FilePath? {
        guard let parent = options.keptFolder else { return nil }
        if attempt.isRemote { return attempt.keptElsewhere }
        do {
            return try KeptAttempt(attempt: attempt).keep(in: parent)
        } catch {
            reporter.report(.notice("the folder of \(attempt.stage.id) could not be kept: \(error)"))
            return nil
        }
    }

    private func log(of attempt: Attempt) -> Digest? {
        attempt.hasLog ? try? store.artifacts.capture(attempt.log, shape: .file).digest : nil
    }

    /// How often an attempt may be lost with its machine.
    private static let maximumLosses = 8

    /// Records what another machine has reported.
    private func take(_ report: RemoteReport, of attempt: Attempt) {
        attempt.cost.wallSeconds = report.wallSeconds
        attempt.metrics.merge(report.metrics) { _, new in new }
        attempt.confinement = report.confinement
        attempt.trees = report.trees
        attempt.keptElsewhere = report.keptFolder.map { FilePath($0) }
        for notice in report.notices { reporter.report(.notice("\(attempt.stage.id): \(notice)")) }
    }

    private func retry(_ job: Job, number: Int, after count: Int, _ message: String) {
        let pause = options.retryPause * Double(1 << min(count - 1, 10))
        move(job.index, to: .retrying(job, number: number, at: system.now + pause))
        reporter.report(
            .retrying(
                job.stage.id, attempt: number, after: .milliseconds(Int(pause * 1000)), message: message))
    }

    /// Cancels a stage whose key is claimed, because the run is ending.
    func cancel(_ job: Job, _ message: String) {
        try? store.claims.release(job.claim)
        end(job, job.result(.canceled, message: message), .canceled)
    }
}
