internal import CLinux
internal import Glibc

/// The user's wish to stop, as a descriptor: SIGINT, SIGTERM and SIGHUP no longer end the process but are read here.
public final class Interrupts: Sendable {
    /// Readable where a signal waits.
    public let descriptor: Int32

    /// Blocks the signals for this thread and those it makes, until the process ends. Make it before other threads.
    public init() throws(ProcessError) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // 0x80800 is SFD_CLOEXEC | SFD_NONBLOCK.
        descriptor = signalfd(-1, &set, 0x80800)
        guard descriptor >= 0 else { throw ProcessError(code: errno, operation: "watch for signals") }
    }

    deinit { _ = close(descriptor) }

    /// How many signals have come since the last call.
    public func take() -> Int {
        let size = MemoryLayout<signalfd_siginfo>.size
        return DescriptorReading.available(descriptor, limit: 16 * size).bytes.count / size
    }
}
