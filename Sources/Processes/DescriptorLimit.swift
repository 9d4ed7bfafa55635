internal import CProcesses
internal import Dispatch

/// How many files this process may have open at once.
public enum DescriptorLimit: Sendable {
    /// The limit, after it has been raised as far as an ordinary user may, up to 65,536.
    ///
    /// Processes that are started later have the limit that this process was started with.
    public static let raised = Int(sluice_raise_descriptor_limit())

    /// What a run of two stages at a time takes, with something to spare.
    public static let least = 64

    /// With this many, no run of usual size comes near the limit.
    private static let ample = 1024

    /// Takes the descriptors that must not be missing later: Dispatch opens some when it is first used, and ends the program
    /// if it gets none.
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
