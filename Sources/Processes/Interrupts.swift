internal import Glibc
internal import Synchronization

/// Interrupts from the user, as a descriptor: SIGINT, SIGTERM and SIGHUP no longer end the process but are read here.
///
/// A handler rather than a blocked signal, since libraries create threads before `main`, and any of them may get the signal.
public final class Interrupts: Sendable {
    /// The descriptor to which the handler writes a byte per signal; -1 if there is no listener.
    private static let target = Atomic<Int32>(-1)

    private let pipe: Pipe

    /// Readable if a signal has arrived.
    public var descriptor: Int32 { pipe.reading }

    /// Handles the signals from now until the process ends.
    public init() throws(ProcessError) {
        pipe = try Pipe()
        Self.target.store(pipe.writing, ordering: .sequentiallyConsistent)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            // Only operations that are safe in a signal handler: a load and a write; errno is restored.
            let before = errno
            var byte: UInt8 = 1
            let descriptor = Interrupts.target.load(ordering: .sequentiallyConsistent)
            if descriptor >= 0 { _ = write(descriptor, &byte, 1) }
            errno = before
        }
        action.sa_flags = SA_RESTART
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaction(signal, &action, nil) }
    }

    deinit {
        _ = Self.target.compareExchange(
            expected: pipe.writing, desired: -1, ordering: .sequentiallyConsistent)
    }

    /// The number of signals since the last call.
    public func take() -> Int { DescriptorReading.available(descriptor, limit: 4096).bytes.count }
}
