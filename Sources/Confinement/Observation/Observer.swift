internal import CConfinement
internal import Glibc
public import Processes
internal import Synchronization

/// Watches the system calls of confined processes, for all attempts of a run, on a separate thread.
///
/// ```swift
/// let observer = try Observer()
/// let watch = observer.watch()
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
    private let core: ObserverCore

    /// Starts the thread.
    public init() throws(ConfinementError) {
        core = try ObserverCore()
        try core.start()
    }

    deinit { core.stop() }

    /// Prepares to observe a process and everything that it starts.
    public func watch() -> Watch { Watch(observer: self, core: core, token: core.expect()) }
}

/// The observation of the processes under one filter: those of one attempt at a time.
public final class Watch: Sendable {
    /// Kept alive, so that its thread runs as long as something is observed.
    private let observer: Observer
    private let core: ObserverCore
    private let token: UInt64

    fileprivate init(observer: Observer, core: ObserverCore, token: UInt64) {
        self.observer = observer
        self.core = core
        self.token = token
    }

    deinit { core.forget(token) }

    /// Where the first process sends the descriptor through which all are watched.
    public var listener: ProcessRestriction.Listener {
        ProcessRestriction.Listener(socket: core.childSocket, token: token)
    }

    /// Begins to observe an attempt; the previous one must have ended.
    public func begin(_ rules: ObservationRules) { core.begin(token, rules) }

    /// What has been observed, once the attempt's process has ended. From then on, processes that it has left behind cannot open
    /// any file.
    public func end() -> ObservedReads { core.end(token) }
}

/// The state that the thread shares with its users.
private final class ObserverCore: Sendable {
    /// The end of a socket pair to which children send.
    let childSocket: Int32
    private let ownSocket: Int32
    private let waker: Pipe
    private let state = Mutex(State())

    private struct State: Sendable {
        /// The judge of each watch; nil between attempts.
        var judges: [UInt64: CallJudge?] = [:]
        var shared = SharedKnowledge()
        var nextToken: UInt64 = 1
        var isStopped = false
    }

    init() throws(ConfinementError) {
        do {
            waker = try Pipe()
        } catch {
            throw ConfinementError(code: error.code, operation: "watch system calls")
        }
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) { pointer in
            // A pair of Int32 has the layout of int[2].
            pointer.withMemoryRebound(to: Int32.self, capacity: 2) {
                socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, $0)
            }
        }
        guard result == 0 else {
            throw ConfinementError(code: errno, operation: "watch system calls")
        }
        (childSocket, ownSocket) = ends
    }

    deinit {
        _ = close(childSocket)
        _ = close(ownSocket)
    }

    func start() throws(ConfinementError) {
        var thread = pthread_t()
        // The thread owns this reference until it ends.
        let reference = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let core = Unmanaged<ObserverCore>.fromOpaque(argument).takeRetainedValue()
                // Signal handlers must run on other threads.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_SETMASK, &all, nil)
                core.watch()
                return nil
            }, reference.toOpaque())
        guard code == 0 else {
            reference.release()
            throw ConfinementError(code: code, operation: "start a thread that watches system calls")
        }
        pthread_detach(thread)
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        waker.wake()
    }

    func expect() -> UInt64 {
        state.withLock { state in
            let token = state.nextToken
            state.nextToken += 1
            state.judges.updateValue(nil, forKey: token)
            return token
        }
    }

    func begin(_ token: UInt64, _ rules: ObservationRules) {
        state.withLock { _ = $0.judges.updateValue(CallJudge(rules: rules), forKey: token) }
    }

    func end(_ token: UInt64) -> ObservedReads {
        let judge = state.withLock { $0.judges.updateValue(nil, forKey: token) }
        return judge??.recording.reads ?? ObservedReads()
    }

    func forget(_ token: UInt64) {
        state.withLock { _ = $0.judges.removeValue(forKey: token) }
        waker.wake()
    }

    // MARK: The thread

    private func watch() {
        var listeners: [Listener] = []
        while true {
            var entries = [waker.reading, ownSocket].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            entries += listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            var hasChanged = false
            while !hasChanged {
                guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
                if entries[0].revents != 0 {
                    waker.drain()
                    hasChanged = true
                }
                if entries[1].revents != 0, let listener = receive() {
                    listeners.append(listener)
                    hasChanged = true
                }
                for index in listeners.indices where index + 2 < entries.count {
                    let events = entries[index + 2].revents
                    if events & Int16(POLLIN) != 0 {
                        handleCall(of: listeners[index])
                    } else if events != 0 {
                        // Nobody is left who could make a call.
                        listeners[index].isEnded = true
                        hasChanged = true
                    }
                }
            }
            let (isStopped, watches) = state.withLock { ($0.isStopped, Set($0.judges.keys)) }
            // Processes that nobody watches any more get an error from now on; closing a listener gives it to those that wait.
            for listener in listeners
            where isStopped || listener.isEnded || !watches.contains(listener.token) {
                _ = close(listener.descriptor)
            }
            if isStopped { return }
            listeners.removeAll { $0.isEnded || !watches.contains($0.token) }
        }
    }

    private struct Listener {
        let token: UInt64
        let descriptor: Int32
        var isEnded = false
    }

    private func receive() -> Listener? {
        var token: UInt64 = 0
        var descriptor: Int32 = -1
        guard sluice_receive_listener(ownSocket, &token, &descriptor) == 1 else { return nil }
        sluice_prefer_quick_answers(descriptor)
        return Listener(token: token, descriptor: descriptor)
    }

    private func handleCall(of listener: Listener) {
        guard let waiting = WaitingCall(at: listener.descriptor) else { return }
        let verdict = state.withLock { state in
            // A subscript with a default would copy the recording for each call.
            state.judges[listener.token]??.judge(waiting, &state.shared) ?? .answer(EPERM)
        }
        switch verdict {
        case .pass: waiting.letPass()
        case .answer(let error): waiting.answer(error)
        }
    }
}
