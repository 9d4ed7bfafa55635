import Dataflow
import Files
import Texts

extension SlurmQueue {
    /// Asks Slurm about the state of all jobs, with one call.
    func poll() {
        let numbers = Set(attempts.values.compactMap { $0.id?.number })
        let states: [SlurmJobID: SlurmState]
        do {
            let answer = try command.run(
                "squeue", ["--me", "--noheader", "--states=all", "--format=%i|%T|%r"])
            guard answer.status == 0 else { throw NodeTrouble("squeue: \(answer.trouble)") }
            states = SlurmListing.states(answer.output) { numbers.contains($0) }
            if pollTroubleSince != nil { notice("Slurm answers again") }
            pollTroubleSince = nil
        } catch {
            // Jobs continue while the controller is unreachable.
            if pollTroubleSince == nil { notice("Slurm does not answer; waiting: \(error)") }
            pollTroubleSince = pollTroubleSince ?? now
            return
        }
        let unknown = attempts.values.compactMap { followed in
            followed.id.flatMap { states[$0] == nil ? $0 : nil }
        }
        let past = unknown.isEmpty ? [:] : accounts(of: Set(unknown.map(\.number)))
        var heard: [Int] = []
        for (name, followed) in attempts {
            guard let id = followed.id else { continue }
            if consider(name, followed, states[id] ?? past[id]) { heard.append(followed.attempt.index) }
        }
        if !heard.isEmpty { news(heard) }
    }

    /// What the accounting knows about submissions that are over; nothing on clusters without accounting.
    private func accounts(of numbers: Set<String>) -> [SlurmJobID: SlurmState] {
        guard hasAccounting else { return [:] }
        let list = numbers.sorted { $0.precedesByBytes($1) }.joined(separator: ",")
        guard
            let answer = try? command.run(
                "sacct",
                ["--noheader", "--parsable2", "--allocations", "--format=JobID,State", "--jobs=" + list])
        else {
            hasAccounting = false
            return [:]
        }
        guard answer.status == 0 else {
            // Any other trouble is temporary: its database may be unreachable for a while.
            hasAccounting = !answer.trouble.contains(text: "disabled")
            return [:]
        }
        return SlurmListing.states(answer.output) { numbers.contains($0) }
    }

    /// Draws the conclusions from a job's state. Returns true if the attempt has news.
    private func consider(_ name: String, _ followed: Followed, _ state: SlurmState?) -> Bool {
        let attempt = followed.attempt
        switch state?.meaning {
        case .pending?: attempts[name]?.overSince = nil
        case .running?:
            attempt.begin()
            var positions = followed.positions
            let isNew = attempt.follow(&positions)
            attempts[name]?.positions = positions
            attempts[name]?.overSince = nil
            return isNew
        case .ended?, .lost?, .failed?, nil:
            if FileSystem.exists(attempt.job.result) {
                collect(name)
                return false
            }
            let since = followed.overSince ?? now
            attempts[name]?.overSince = since
            let patience = state == nil ? absence : patience
            // There is no point in waiting for the result of a job that was lost or canceled.
            let isCertain = if case .ended? = state?.meaning { false } else { state != nil }
            guard isCertain || now - since >= patience else { return false }
            finish(name, ending(of: followed, state))
            try? FileSystem.removeTree(attempt.job.folder)
        }
        return false
    }

    /// The ending of an attempt whose job has left no result.
    private func ending(of followed: Followed, _ state: SlurmState?) -> AttemptEnding {
        let attempt = followed.attempt
        let id = followed.id.map { "\($0.number)_\($0.index)" } ?? ""
        guard let state else {
            return AttemptEnding(cause: .lost("Slurm no longer knows its job \(id)"))
        }
        let hasStarted = FileSystem.exists(attempt.job.started)
        if attempt.needs.settings.group > 1, !hasStarted {
            return AttemptEnding(
                cause: .lost("the job \(id) that it shared with others ended before its turn"))
        }
        switch state.meaning {
        case .lost(let sentence): return AttemptEnding(cause: .lost("\(sentence) (job \(id))"))
        case .failed(let sentence): return AttemptEnding(cause: .trouble("\(sentence) (job \(id))"))
        case .pending, .running, .ended:
            let printed = printed(by: followed).map { ": " + $0 } ?? ""
            return AttemptEnding(
                cause: .trouble("its job \(id) has ended as \(state.name) without a result" + printed))
        }
    }

    /// The end of a job's output: the reason why sluice could not run in it.
    private func printed(by followed: Followed) -> String? {
        guard let id = followed.id,
            let text = try? FileContents.readText(followed.attempt.job.batch, limit: 4096)
        else { return nil }
        let batch = SharedBatch(folder: shared.batches.appending(text.parts(between: " ")[0]))
        guard let file = try? File(batch.output(id.index), .reading), let size = try? file.status().size,
            let bytes = try? file.read(upTo: 2000, from: max(0, size - 2000)), !bytes.isEmpty
        else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).suffix(3)
        return lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "; ")
    }
}
