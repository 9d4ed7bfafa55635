import Dataflow
import Files

extension Runner {
    /// Checks what running attempts have written: shortens logs and stops attempts that exceed their limits.
    func inspectAttempts() {
        let running = watched.compactMap { index in
            if case .running(let attempt) = runs[index].phase, attempt.stop == nil, !attempt.isRemote {
                attempt
            } else {
                nil
            }
        }
        for attempt in running {
            attempt.boundLog()
            if let excess = diskExcess(of: attempt) ?? memoryExcess(of: attempt) { stop(attempt, excess) }
        }
        keepSpaceFree(running.filter { $0.stop == nil })
    }

    /// The message if an attempt's processes exceed its memory limit; nil if they do not or there is none.
    private func memoryExcess(of attempt: Attempt) -> String? {
        guard let limit = attempt.resources.memory, let use = attempt.process?.memory(ifOver: limit),
            use > limit
        else { return nil }
        return
            "it used \(DiskUse.text(use)) of memory, more than its limit of \(DiskUse.text(limit)); give it more with "
            + "resources: { memory: … }"
    }

    /// The message if an attempt has exceeded its disk limit; nil if it has not or has no limit.
    func diskExcess(of attempt: Attempt) -> String? {
        guard let limit = attempt.resources.disk, !attempt.isRemote else { return nil }
        // Outputs are read and kept at their full length; scratch files are simply removed.
        let use = attempt.diskUse(ofOutputsBy: .length)
        guard use.bytes > limit else { return nil }
        return
            "it wrote \(words(use, attempt)), more than its limit of \(DiskUse.text(limit)) (resources: disk)"
    }

    /// If the disk is nearly full, stops the attempt that has written most, before all others fail with it.
    ///
    /// An attempt that has written less than the reserved space is not the cause and continues.
    private func keepSpaceFree(_ running: [Attempt]) {
        guard !running.isEmpty, let free = try? FileSystem.freeSpace(at: options.attemptsFolder),
            free < options.reservedSpace
        else { return }
        let uses = running.map { (attempt: $0, use: $0.diskUse(ofOutputsBy: .stored)) }
        guard let most = uses.max(by: { $0.use.bytes < $1.use.bytes }),
            most.use.bytes >= options.reservedSpace
        else { return }
        stop(
            most.attempt,
            "it wrote \(words(most.use, most.attempt)), and only \(DiskUse.text(free)) are left on the disk; "
                + "free some space and run again")
    }

    private func words(_ use: DiskUse, _ attempt: Attempt) -> String {
        let total = "\(DiskUse.text(use.bytes)) of outputs and scratch files"
        guard let largest = use.largest else { return total }
        let name = largest.path.text.dropFirst(attempt.folder.text.count + 1)
        return total + " (the largest is \(name) with \(DiskUse.text(largest.bytes)))"
    }
}

extension Attempt {
    /// The size of the attempt's outputs, by one measure, and of its scratch files.
    func diskUse(ofOutputsBy measure: DiskUse.Measure) -> DiskUse {
        var use = DiskUse()
        use.add(outputs, by: measure)
        use.add(scratch, by: .stored)
        return use
    }
}
