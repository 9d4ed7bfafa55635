public import Processes

/// Watches the system calls of confined processes, for all attempts of a run.
///
/// ```swift
/// let observer = Observer()
/// let watch = try observer.watch()
/// watch.begin(rules)
/// let restriction = prepared.restriction(ruleset, listener: watch.listener)
/// // … start a process with it, and wait for its end …
/// let reads = watch.end()
/// ```
///
/// When a process makes a call that reveals something about a file, it waits until the call has been examined; then the kernel
/// executes it. In between, another thread of the process could change the path in its memory, so the record is reliable only
/// for programs that do not try to deceive it. Access itself is enforced by Landlock.
public final class Observer: Sendable {
    private let shared = SharedKnowledge()

    /// An observer that knows nothing yet.
    public init() {}

    /// Prepares to observe a process and everything that it starts, on a thread of its own.
    public func watch() throws(ConfinementError) -> Watch { try Watch(shared) }
}

/// The observation of the processes under one filter: those of one attempt at a time.
public final class Watch: Sendable {
    private let thread: WatchThread

    fileprivate init(_ shared: SharedKnowledge) throws(ConfinementError) {
        thread = try WatchThread(shared)
        try thread.start()
    }

    deinit { thread.stop() }

    /// Where the first process sends the descriptor through which all are watched.
    public var listener: ProcessRestriction.Listener {
        ProcessRestriction.Listener(socket: thread.childSocket)
    }

    /// Begins to observe an attempt; the previous one must have ended.
    public func begin(_ rules: ObservationRules) { thread.begin(rules) }

    /// What has been observed, once the attempt's process has ended. From then on, processes that it has left behind cannot open
    /// any file.
    public func end() -> ObservedReads { thread.end() }
}
