public import Dataflow
public import Digests

/// Runs that find everything as an earlier one left it, so that nothing has to be looked up again stage by stage.
extension Runs {
    /// All that the store says of a run's stages and their results, as one digest; nil unless all have whole ones, which are the
    /// latest of their stages.
    public func image(of run: RunID) throws -> Digest? {
        try parts.database.current { try $0.runs.image(of: run) }
    }

    /// Records a run of the same stages, with the same results, as an earlier one.
    ///
    /// - Parameters:
    ///   - image: what the store must still say of that one.
    ///   - started: when this one began, in seconds since 1970.
    /// - Returns: nil, and records nothing, if the store says anything else by now.
    public func record(repeating run: RunID, image: Digest, started: Double) throws -> RunID? {
        try parts.database.transaction { tables in
            try tables.runs.image(of: run) == image
                ? try tables.runs.insert(repeating: run, started: started) : nil
        }
    }
}
