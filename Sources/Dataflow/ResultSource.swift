public import Digests

/// Where results are that the store does not have: the caches that it shares with others.
///
/// Answers come on other threads, each within a bounded time, whatever the network does.
public protocol ResultSource: Sendable {
    /// Looks for the path sets of a command's results, by the key of what it declares. When this answers, the store has their
    /// nodes.
    func findPathSets(of declared: Key, _ answer: @escaping @Sendable ([Digest]) -> Void)

    /// Looks for the first of some results that there is, and takes it into the store; nil if there is none.
    func fetch(
        _ candidates: [ResultCandidate], of stage: Stage, _ answer: @escaping @Sendable (Trace?) -> Void)
}

/// A result that would do for a stage.
public struct ResultCandidate: Sendable {
    /// Its key.
    public let key: Key
    /// What its command would have discovered; nil for what was not observed.
    public let discovered: Trace.Discovered?

    /// A result of a key.
    public init(key: Key, discovered: Trace.Discovered? = nil) {
        self.key = key
        self.discovered = discovered
    }
}

extension ResultFinder {
    /// True if results of a stage depend on what its command has read.
    package func hasPathSets(_ stage: Stage) -> Bool {
        guard case .command = stage.work else { return false }
        return canEvaluate
    }

    /// The results of a stage that would be the same today, given the path sets that its results may have; the best first.
    package func candidates(
        for key: Key, of stage: Stage, pathSets: [Digest]
    ) throws -> [ResultCandidate] {
        var candidates: [ResultCandidate] = []
        for pathSet in pathSets.prefix(Self.mostPathSets) {
            guard let snapshot = try snapshot(ofPathSet: pathSet) else { continue }
            let discovered = Trace.Discovered(declared: key, pathSet: pathSet, snapshot: snapshot)
            candidates.append(
                ResultCandidate(key: Key(declared: key, snapshot: snapshot), discovered: discovered))
        }
        if !isObserved(stage) { candidates.append(ResultCandidate(key: key)) }
        return candidates
    }
}

extension Trace {
    /// Why this cannot be a stage's result, though its key says so; nil if it can. For results that come from elsewhere.
    package func mismatch(with stage: Stage) -> String? {
        for output in stage.outputs {
            guard let artifact = outputs[output.name] else {
                if output.isOptional { continue }
                return "it lacks the output '\(output.name)'"
            }
            guard artifact.shape == (output.isDirectory ? .tree : .file),
                output.expected.map({ $0 == artifact.digest }) ?? true
            else { return "its output '\(output.name)' is not what the stage declares" }
        }
        let isMore = outputs.count > stage.outputs.filter { outputs[$0.name] != nil }.count
        return isMore ? "it has outputs that the stage does not declare" : nil
    }
}
