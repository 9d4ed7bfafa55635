internal import CProcesses
internal import Dispatch

/// How many files this process may have open at once.
public enum DescriptorLimit: Sendable {
    /// The limit, after it has been raised as far as an ordinary user may, up to 65,536.
    ///
    /// Processes that are started later have the limit that this process was started with.
    public static let raised = Int(sluice_raise_descriptor_limit())

    /// Enough for a run with two stages at a time, with a margin.
    public static let least = 64

    /// Enough for any run of usual size.
    private static let ample = 1024

    /// Makes Dispatch open its descriptors now: it does so when it is first used, and crashes if there are none left.
    public static func reserve() {
        guard raised < ample else { return }
        let hasFired = DispatchSemaphore(value: 0)
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { hasFired.signal() }
        timer.schedule(deadline: .now() + .milliseconds(1))
        timer.activate()
        hasFired.wait()
        timer.cancel()
    }
}
