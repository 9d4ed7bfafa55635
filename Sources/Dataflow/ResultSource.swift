/// Provides results that the store does not have, from caches that are shared with others.
///
/// Answers come on other threads, each within a bounded time, whatever the network does.
public protocol ResultSource: Sendable {
    /// Looks for a valid result of a stage, and adds it to the store; nil if there is none.
    ///
    /// - Parameter key: the stage's key; of a command, that of what it declares.
    func fetch(_ key: Key, of stage: Stage, _ answer: @escaping @Sendable (Trace?) -> Void)
}

/// A result that is valid for a stage.
package struct ResultCandidate: Sendable {
    /// Its key.
    package let key: Key
    /// What its command would discover; nil if it is not observed.
    package let discovered: Trace.Discovered?

    /// A result of a key.
    package init(key: Key, discovered: Trace.Discovered? = nil) {
        self.key = key
        self.discovered = discovered
    }
}

extension Trace {
    /// Why this cannot be a stage's result although it has its key; nil if it can. For results that come from elsewhere.
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
