internal import CProcesses

/// How many files this process may have open at once.
public enum DescriptorLimit: Sendable {
    /// The limit, after it has been raised as far as an ordinary user may, up to 65,536.
    ///
    /// Processes that are started later have the limit that this process was started with.
    public static let raised = Int(sluice_raise_descriptor_limit())
}
