import Texts

/// A job of a submission, by its index in it.
struct SlurmJobID: Hashable, Sendable {
    /// The number of the submission.
    let number: String
    /// The index within it.
    let index: Int
}

/// What Slurm says about a job.
struct SlurmState: Hashable, Sendable {
    /// What a state means for the job's attempts.
    enum Meaning: Hashable, Sendable {
        /// It waits, for a reason.
        case pending
        case running
        /// It has ended on its own, or because a stage failed: what matters is whether there are results.
        case ended
        /// It was ended for a reason that is not the stage's fault, so it is started again.
        case lost(String)
        /// It exceeded a limit, or was canceled.
        case failed(String)
    }

    /// The state's name, such as RUNNING.
    let name: String
    /// Slurm's reason for it.
    var reason = ""

    var meaning: Meaning {
        // A state can be followed by a reason, such as "CANCELLED by 1000".
        switch name.parts(between: " ")[0] {
        case "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD",
            "SPECIAL_EXIT":
            .pending
        case "RUNNING", "COMPLETING", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED", "SUSPENDED": .running
        case "NODE_FAIL": .lost("its node failed")
        case "BOOT_FAIL": .lost("its node could not be started")
        case "PREEMPTED": .lost("it was preempted")
        case "REVOKED": .lost("it was revoked")
        case "CANCELLED": .failed("its job was canceled")
        case "OUT_OF_MEMORY":
            .failed("its job used more memory than it asked for; give it more with resources: { memory: … }")
        case "TIMEOUT", "DEADLINE":
            .failed("its job exceeded its time limit; give it more with resources: { time: … }")
        default: .ended
        }
    }
}

/// Reads what squeue and sacct print.
enum SlurmListing {
    /// The states of jobs in lines of `NUMBER_INDEX|STATE|REASON`; of many jobs at once, `INDEX` is a list such as `[3,5-9]`.
    ///
    /// - Parameter isWanted: whether the jobs of a submission are of interest.
    static func states(_ text: String, isWanted: (String) -> Bool) -> [SlurmJobID: SlurmState] {
        var states: [SlurmJobID: SlurmState] = [:]
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = (String(line) ?? "").parts(between: "|")
            guard fields.count >= 2 else { continue }
            let parts = fields[0].parts(between: "_")
            guard parts.count == 2, isWanted(parts[0]) else { continue }
            let state = SlurmState(name: fields[1], reason: fields.count > 2 ? fields[2] : "")
            for range in indices(parts[1]) {
                for index in range { states[SlurmJobID(number: parts[0], index: index)] = state }
            }
        }
        return states
    }

    /// The largest plausible index in a submission.
    private static let largestIndex = 10_000_000

    /// The indices that `7`, `[3,5-9]` and `[0-99%10]` mean.
    static func indices(_ text: String) -> [ClosedRange<Int>] {
        var text = text.utf8[...]
        if text.first == UInt8(ascii: "[") { text = text.dropFirst() }
        if text.last == UInt8(ascii: "]") { text = text.dropLast() }
        text = text.prefix { $0 != UInt8(ascii: "%") }
        return text.split(separator: UInt8(ascii: ",")).compactMap { part in
            let ends = part.split(separator: UInt8(ascii: "-")).map { String($0).flatMap { Int($0) } }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first <= last, last <= largestIndex
            else { return nil }
            return first...last
        }
    }
}
