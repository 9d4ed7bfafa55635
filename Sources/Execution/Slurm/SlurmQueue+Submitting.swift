import Dataflow
import Files
import Texts

extension SlurmQueue {
    /// The maximum number of jobs of a submission: the cluster's limit, or Slurm's default.
    func readLargestArray() -> Int {
        guard let answer = try? command.run("scontrol", ["show", "config"]), answer.status == 0 else {
            return 1000
        }
        for line in answer.output.utf8.split(separator: UInt8(ascii: "\n")) {
            guard line.starts(with: "MaxArraySize".utf8), let equals = line.firstIndex(of: UInt8(ascii: "="))
            else { continue }
            let digits = line[equals...].filter { (48...57).contains($0) }
            // It is the first index that is too large.
            if let size = Int(String(decoding: digits, as: UTF8.self)), size > 1 {
                return min(size - 1, 10_000)
            }
        }
        return 1000
    }

    /// Submits what has been collected.
    func submit() {
        let names = unsubmitted
        unsubmitted = []
        let pending = names.compactMap { name in attempts[name].map { (name: name, needs: $0.attempt.needs) }
        }
        for submission in SlurmSubmission.make(pending, largestArray: largestArray) {
            let all = submission.tasks.flatMap { $0 }
            do {
                guard submissionDue <= now else {
                    unsubmitted += all
                    continue
                }
                try submit(submission)
                submissionPause = 0
            } catch let error as Postponed {
                unsubmitted += all
                if submissionPause == 0 { notice("waiting to submit jobs: \(error.reason)") }
                submissionPause = min(60, max(2, submissionPause * 2))
                submissionDue = now + submissionPause
            } catch {
                for name in all {
                    let folder = attempts[name]?.attempt.job.folder
                    finish(name, AttemptEnding(cause: .trouble("its job could not be submitted: \(error)")))
                    if let folder { try? FileSystem.removeTree(folder) }
                }
            }
        }
    }

    /// Why jobs cannot be submitted at the moment.
    private struct Postponed: Error {
        let reason: String
    }

    private func submit(_ submission: SlurmSubmission) throws {
        submissions += 1
        let name = "\(token)-\(submissions)"
        let batch = SharedBatch(folder: shared.batches.appending(name))
        try FileSystem.makeDirectories(batch.folder)
        for (index, task) in submission.tasks.enumerated() {
            try FileContents.write(Array(task.map { $0 + "\n" }.joined().utf8), to: batch.task(index))
            for attempt in task {
                try FileContents.write(Array("\(name) \(index)".utf8), to: shared.job(attempt).batch)
            }
        }
        let script = batch.folder.appending("script")
        try FileContents.write(Array(submission.script(program: program, batch).utf8), to: script)
        let answer = try command.run("sbatch", submission.options(batch) + [script.text])
        guard answer.status == 0 else {
            try? FileSystem.removeTree(batch.folder)
            let trouble = answer.trouble
            if Self.isTemporary(trouble) { throw Postponed(reason: trouble) }
            throw NodeTrouble(trouble)
        }
        let number = answer.output.parts(between: "\n")[0].parts(between: ";")[0]
        guard !number.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw NodeTrouble("sbatch answered '\(answer.output.prefix(80))'")
        }
        try FileContents.write(Array(number.utf8), to: batch.number)
        let count = submission.tasks.reduce(0) { $0 + $1.count }
        reporter.report(
            .action(
                "sbatch \(submission.options(batch).joined(separator: " ")): job \(number), \(submission.tasks.count) tasks "
                    + "with \(count) attempts"))
        for (index, task) in submission.tasks.enumerated() {
            for attempt in task { attempts[attempt]?.id = SlurmJobID(number: number, index: index) }
        }
        pollDue = min(pollDue, now + pollInterval)
    }

    /// True for temporary trouble: a busy controller, or a limit on the number of a user's jobs.
    private static func isTemporary(_ trouble: String) -> Bool {
        [
            "Unable to contact slurm controller", "Socket timed out", "temporarily", "MaxSubmitJob",
            "Job violates accounting/QOS policy (job submit limit", "Connection refused", "too many jobs",
            "Job/step already completing", "in standby mode", "Slurm controller is not responding",
        ].contains { trouble.utf8.firstRange(of: $0.utf8) != nil }
    }
}
