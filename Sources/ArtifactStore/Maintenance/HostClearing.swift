internal import Clocks
internal import Files

/// What was cleared for a host's processes.
public struct HostClearingReport: Sendable, Hashable {
    /// Descriptions of the processes whose claims, runs and attempts were cleared.
    public var cleared: [String] = []
    /// Descriptions of those that were skipped because they still hold their locks.
    public var alive: [String] = []
}

/// Clears what processes of a lost host have left behind: claims, unfinished runs, and attempts.
///
/// This is unnecessary for processes that the kernel knows to be dead. But it cannot know about processes on another host if
/// the file system does not share locks between hosts, if it keeps the locks of a crashed host, or if an old version took none.
struct HostClearing {
    let parts: StoreParts

    /// - Parameter forces: true to also clear processes that seem to be alive.
    func clear(host: String, forces: Bool) throws -> HostClearingReport {
        var report = HostClearingReport()
        var gone: [ProcessIdentity] = []
        for process in try processes(of: host) {
            if !forces, parts.database.locks.isAlive(process) == true {
                report.alive.append(process.phrase)
            } else {
                gone.append(process)
                report.cleared.append(process.phrase)
            }
        }
        guard !gone.isEmpty else { return report }
        try parts.database.transaction { tables in
            for process in gone {
                try tables.leases.delete(of: process)
                try tables.runs.end(of: process)
            }
        }
        for process in gone {
            try FileSystem.removeTree(parts.work.attemptsFolder(of: process))
            parts.database.locks.remove(process)
        }
        parts.work.sweep()
        return report
    }

    private func processes(of host: String) throws -> [ProcessIdentity] {
        let known = try parts.database.current { tables in
            try tables.leases.processes() + tables.runs.processesOfUnfinished()
        }
        let all = Set(known + parts.work.processesOfAttempts()).filter { $0.host == host && $0 != .current }
        return all.sorted { ($0.number, $0.text) < ($1.number, $1.text) }
    }
}
