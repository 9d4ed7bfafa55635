public import Dataflow
public import Digests

/// Runs that find everything as an earlier run left it, so that stages need not be looked up one by one.
extension Runs {
    /// A digest of everything that the store has recorded about a run's stages and their results; nil unless every stage has an
    /// intact result that is its latest.
    public func image(of run: RunID) throws -> Digest? {
        try parts.database.current { try $0.runs.image(of: run) }
    }

    /// Records a run of the same stages, with the same results, as an earlier one.
    ///
    /// - Parameters:
    ///   - image: the digest that must still be current for that run.
    ///   - started: when this one began, in seconds since 1970.
    /// - Returns: nil, recording nothing, if the digest is different by now.
    public func record(repeating run: RunID, image: Digest, started: Double) throws -> RunID? {
        try parts.database.transaction { tables in
            try tables.runs.image(of: run) == image
                ? try tables.runs.insert(repeating: run, started: started) : nil
        }
    }
}
