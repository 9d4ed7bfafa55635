internal import CConfinement
internal import Glibc
internal import Synchronization

/// The thread that answers the calls under one filter.
///
/// Each filter has its own, so the kernel can wake it on the processor of the process that waits for it, and that process there
/// again. One thread for all would collect their processes on its processor, with the others idle.
final class WatchThread: Sendable {
    /// The end of a socket pair to which children send their listeners.
    let childSocket: Int32
    private let ownSocket: Int32
    private let shared: SharedKnowledge
    /// Nil between attempts.
    private let judge = Mutex<CallJudge?>(nil)

    init(_ shared: SharedKnowledge) throws(ConfinementError) {
        self.shared = shared
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

    /// Starts it; it runs until `stop`.
    func start() throws(ConfinementError) {
        var thread = pthread_t()
        // The thread owns this reference until it ends.
        let reference = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let own = Unmanaged<WatchThread>.fromOpaque(argument).takeRetainedValue()
                // Signal handlers must run on other threads.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_SETMASK, &all, nil)
                own.run()
                return nil
            }, reference.toOpaque())
        guard code == 0 else {
            reference.release()
            throw ConfinementError(code: code, operation: "start a thread that watches system calls")
        }
        pthread_detach(thread)
    }

    /// Ends it. Processes that still wait, or call later, get an error.
    func stop() { _ = shutdown(ownSocket, Int32(SHUT_RDWR)) }

    func begin(_ rules: ObservationRules) {
        judge.withLock { $0 = CallJudge(rules: rules, shared) }
    }

    func end() -> ObservedReads {
        judge.withLock { judge in
            defer { judge = nil }
            return judge?.recording.reads ?? ObservedReads()
        }
    }

    private func run() {
        var listeners: [Int32] = []
        // Closing a listener gives an error to the processes that wait at it.
        defer { for listener in listeners { _ = close(listener) } }
        while true {
            var entries = ([ownSocket] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            var ended: [Int32] = []
            var arrived: Int32?
            while ended.isEmpty && arrived == nil {
                guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
                for entry in entries.dropFirst() {
                    if entry.revents & Int16(POLLIN) != 0 {
                        handleCall(at: entry.fd)
                    } else if entry.revents != 0 {
                        // Nobody is left who could make a call.
                        ended.append(entry.fd)
                    }
                }
                if entries[0].revents & Int16(POLLHUP) != 0 { return }
                if entries[0].revents != 0 { arrived = receiveListener() }
            }
            if let arrived { listeners.append(arrived) }
            for listener in ended { _ = close(listener) }
            listeners.removeAll { ended.contains($0) }
        }
    }

    private func receiveListener() -> Int32? {
        var listener: Int32 = -1
        guard sluice_receive_listener(ownSocket, &listener) == 1 else { return nil }
        sluice_prefer_quick_answers(listener)
        return listener
    }

    private func handleCall(at listener: Int32) {
        guard let waiting = WaitingCall(at: listener) else { return }
        let verdict = judge.withLock { $0?.judge(waiting) ?? .answer(EPERM) }
        switch verdict {
        case .pass: waiting.letPass()
        case .answer(let error): waiting.answer(error)
        }
    }
}
