import Dataflow
import Digests
import Files
import Processes
import StageKit

extension Runner {
    /// Starts an attempt of a stage whose key is claimed.
    func startAttempt(_ index: Int, number: Int) {
        guard let stage = pending[index] else { preconditionFailure("only a resolved stage starts") }
        let attempt = Attempt(
            index: index, stage: selection.stages[index], key: stage.key, material: stage.material,
            reasons: stage.reasons, number: number, folder: folders.nextName())
        attempts[index] = attempt
        // Whoever forces a stage wants it from the start.
        if number == 1 && stage.reasons.contains(.forced) { forgetProgress(attempt) }
        reporter.report(
            .stageStarted(
                attempt.stage.id, attempt: number, reasons: stage.reasons,
                expected: durations?[attempt.stage.id.description]))
        do {
            if guardian == nil {
                try FileSystem.makeDirectories(options.attemptsFolder)
                guardian = try Guardian(executable: options.workerExecutable, token: token)
            }
            try folders.make(attempt.folder)
            try attempt.start(store: store, options: options, token: token)
        } catch {
            failed(attempt, "it could not be started: \(error)")
        }
    }

    /// Reads what a worker says.
    func readEvents(_ index: Int) {
        guard let attempt = attempts[index], let events = attempt.events else { return }
        for event in events.take().events { note(event, attempt) }
    }

    private func note(_ event: StageEvent, _ attempt: Attempt) {
        switch event {
        case .progress(let done, let total, let unit):
            reporter.report(.progress(attempt.stage.id, done: done, total: total, unit: unit))
        case .metric(let name, let value):
            guard value.isFinite, attempt.metrics.count < 10_000 else { return }
            attempt.metrics[name] = value
            reporter.report(.metric(attempt.stage.id, name: name, value: value))
        case .log(let line):
            reporter.report(.log(attempt.stage.id, line))
            attempt.append(toLog: line)
        case .failure(let message):
            attempt.failure = message
        }
    }

    /// An attempt's process has ended.
    func ended(_ index: Int) {
        guard let attempt = attempts[index], let process = attempt.process else { return }
        if let events = attempt.events {
            // The process is gone: what is in the pipe is all there is, and a pipe holds 64 KiB at most.
            for _ in 0..<32 {
                let (batch, isAtEnd) = events.take()
                for event in batch { note(event, attempt) }
                if isAtEnd || batch.isEmpty { break }
            }
        }
        let ending = process.reap()
        attempt.forgetProcess()
        attempt.close(ending)
        if attempt.isCanceled { return failed(attempt, "it was canceled") }
        if let excess = attempt.excess ?? diskExcess(of: attempt) { return failed(attempt, excess) }
        if let message = attempt.failure { return failed(attempt, message) }
        if let signal = ending.signal {
            let hint = signal == 9 ? " (the system may have run out of memory)" : ""
            return failed(attempt, "it was ended by signal \(signal)\(hint)")
        }
        guard ending.status == 0 else {
            return failed(attempt, "it ended with exit status \(ending.status ?? -1)")
        }
        do {
            let undeclared = try attempt.undeclaredOutputs()
            guard undeclared.isEmpty else {
                let names = undeclared.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                return failed(attempt, "it wrote what it does not declare as output: \(names)")
            }
        } catch {
            return failed(attempt, "\(error)")
        }
        let outputs = attempt.stage.outputs.map { (output: $0, path: attempt.path(of: $0)) }
        if let outcome = captures.capture(outputs, of: index, store: store, wake: wake) { captured(outcome) }
    }

    /// An attempt's outputs have their names.
    func captured(_ outcome: CaptureQueue.Outcome) {
        guard let attempt = attempts[outcome.index], let stage = pending[outcome.index] else { return }
        switch outcome.outputs {
        case .failure(let failure): failed(attempt, failure.message)
        case .success(let outputs):
            if let source = changedSource(attempt) {
                return failed(attempt, "the input \(source) changed while the stage read it; run again")
            }
            if let expected = stage.expected {
                if let name = expected.keys.sorted().first(where: { expected[$0] != outputs[$0] }) {
                    return failed(
                        attempt, "it is not deterministic: the output '\(name)' differs between two runs")
                }
            } else if options.verifies {
                pending[outcome.index]?.expected = outputs
                attempts[outcome.index] = nil
                folders.giveBack(attempt.folder)
                forgetProgress(attempt)
                return startAttempt(outcome.index, number: attempt.number)
            }
            succeeded(attempt, outputs)
        }
    }

    /// Removes what attempts at a key have left for the next.
    private func forgetProgress(_ attempt: Attempt) {
        guard let folder = options.resumeFolder, case .kind = attempt.stage.work else { return }
        try? FileSystem.removeTree(folder.appending(attempt.key.description))
    }

    private func succeeded(_ attempt: Attempt, _ outputs: [String: Artifact]) {
        let log = attempt.hasLog ? try? store.capture(attempt.log, shape: .file).digest : nil
        let trace = Trace(
            key: attempt.key, material: attempt.material, outputs: outputs, metrics: attempt.metrics,
            cost: attempt.cost, log: log)
        traces[attempt.index] = trace
        attempts[attempt.index] = nil
        folders.giveBack(attempt.folder)
        forgetProgress(attempt)
        let result = StageResult(
            stage: attempt.stage.id, kind: attempt.stage.work.kindName, key: attempt.key, disposition: .ran,
            reasons: attempt.reasons, trace: trace)
        finish(attempt.index, result, .done)
    }

    private func failed(_ attempt: Attempt, _ message: String) {
        let index = attempt.index
        attempts[index] = nil
        let log = attempt.hasLog ? try? store.capture(attempt.log, shape: .file).digest : nil
        AttemptFolders.remove(attempt.folder)
        if attempt.number <= attempt.stage.retries, interruptions == 0, !attempt.isCanceled {
            let pause = options.retryPause * Double(1 << min(attempt.number - 1, 10))
            retries[index] = (MonotonicClock.seconds() + pause, attempt.number + 1)
            reporter.report(
                .retrying(
                    attempt.stage.id, attempt: attempt.number + 1, after: .milliseconds(Int(pause * 1000)),
                    message: message))
            return
        }
        if attempt.isCanceled { return end(index, canceled: message) }
        try? store.release(attempt.key)
        let result = StageResult(
            stage: attempt.stage.id, kind: attempt.stage.work.kindName, key: attempt.key,
            disposition: .failed, reasons: attempt.reasons, message: message, failureLog: log)
        finish(index, result, .failed)
    }

    /// The path of an outside input that is not what it was when the key was made.
    private func changedSource(_ attempt: Attempt) -> String? {
        for input in attempt.stage.inputs {
            guard case .external(let source) = input.source else { continue }
            let digest = try? store.digest(of: source)
            if digest != attempt.material.inputs[input.name]?.first?.digest { return source.path }
        }
        return nil
    }
}
