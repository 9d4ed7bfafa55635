public import Dataflow

/// The records of a store's runs; `catalog` reads them.
public struct Runs: RunRecording {
    let parts: StoreParts

    /// Begins the record of an invocation.
    public func begin(_ description: RunDescription) throws -> RunID {
        try parts.convertingErrors { try parts.database.locks.acquire() }
        return try parts.database.transaction { try $0.runs.insert(description) }
    }

    /// Makes results durable.
    public func commit(_ results: [StageResult], run: RunID) throws {
        try parts.convertingErrors {
            var commit = Commit(results, run: run, parts: parts)
            try commit.perform()
        }
    }

    /// Ends the record of an invocation.
    public func end(_ run: RunID, outcome: RunOutcome) throws {
        try parts.database.transaction { try $0.runs.end(run, outcome) }
    }
}
