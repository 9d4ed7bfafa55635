import Dataflow
import Files
import Texts

/// Attempts that are submitted together: the same stage, or its instances, with the same needs.
struct SlurmSubmission {
    /// What the attempts of a submission have in common.
    struct Needs: Hashable {
        let stage: String
        let resources: Stage.Resources
        let settings: SlurmSettings
    }

    let needs: Needs
    /// The attempts of each job, by their names.
    let tasks: [[String]]

    /// The submissions of attempts, in the order of the first of each.
    static func make(
        _ attempts: [(name: String, needs: Needs)], largestArray: Int
    ) -> [SlurmSubmission] {
        var order: [Needs] = []
        var names: [Needs: [String]] = [:]
        for attempt in attempts {
            if names[attempt.needs] == nil { order.append(attempt.needs) }
            names[attempt.needs, default: []].append(attempt.name)
        }
        return order.flatMap { needs in
            let all = names[needs] ?? []
            let size = max(1, needs.settings.group)
            let tasks = stride(from: 0, to: all.count, by: size).map {
                Array(all[$0..<min($0 + size, all.count)])
            }
            return stride(from: 0, to: tasks.count, by: max(1, largestArray)).map { start in
                SlurmSubmission(
                    needs: needs, tasks: Array(tasks[start..<min(start + max(1, largestArray), tasks.count)]))
            }
        }
    }

    /// What sluice itself needs in a job in addition to the stage, in bytes and in seconds.
    private static let ownMemory = 128 << 20
    private static let ownSeconds = 120.0

    /// The options of sbatch.
    func options(_ batch: SharedBatch) -> [String] {
        var options = [
            "--parsable", "--no-requeue", "--array=0-\(tasks.count - 1)",
            "--job-name=sluice:\(needs.stage)",
            "--output=\(batch.folder.text.replacing(each: "%", by: "%%"))/%a.out",
            "--open-mode=truncate", "--cpus-per-task=\(max(1, needs.resources.cpus))", "--ntasks=1",
        ]
        if let memory = needs.resources.memory {
            options.append("--mem=\((memory + memory / 16 + Self.ownMemory + (1 << 20) - 1) >> 20)M")
        }
        if needs.resources.gpus > 0 { options.append("--gres=gpu:\(needs.resources.gpus)") }
        if let time = needs.resources.time {
            let longest = tasks.map(\.count).max() ?? 1
            let seconds = time / .seconds(1) * Double(longest) + Self.ownSeconds
            options.append("--time=\(Int((seconds / 60).rounded(.up)))")
        }
        if let partition = needs.settings.partition { options.append("--partition=\(partition)") }
        if let account = needs.settings.account { options.append("--account=\(account)") }
        return options + needs.settings.options
    }

    /// The script of the jobs.
    func script(program: String, _ batch: SharedBatch) -> String {
        """
        #!/bin/bash
        \(needs.settings.setup)
        exec \(program.shellQuoted) slurm-task \(batch.folder.text.shellQuoted)/"$SLURM_ARRAY_TASK_ID"

        """
    }
}
