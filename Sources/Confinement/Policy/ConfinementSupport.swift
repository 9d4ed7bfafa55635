internal import CConfinement

/// The kernel's features for confinement and observation that this process may use.
public struct ConfinementSupport: Sendable, Hashable {
    /// Landlock's version, 7 at most; 0 without Landlock.
    public var landlockVersion: Int
    /// True if system calls can be refused by seccomp.
    package var filtersCalls: Bool
    /// True if system calls can be watched by seccomp's user notification.
    public var observesCalls: Bool
    /// True if a signal cannot interrupt a process whose call is being examined (Linux 5.19).
    var keepsSignalsWaiting = true

    /// The newest version of Landlock that is supported here.
    static let newestLandlock = 7

    /// No support at all.
    public static let none = ConfinementSupport(
        landlockVersion: 0, filtersCalls: false, observesCalls: false)

    /// What this kernel supports, found by asking it.
    public static func ofThisKernel() -> ConfinementSupport {
        let filters = FilterProgram.isSupported && sluice_seccomp_has_flags(SeccompFlags.speculation) == 1
        let listens =
            filters
            && sluice_seccomp_has_flags(SeccompFlags.speculation | SeccompFlags.listener) == 1
            && sluice_seccomp_has_action(SeccompAction.report) == 1
        return ConfinementSupport(
            landlockVersion: min(Int(sluice_landlock_version()), newestLandlock), filtersCalls: filters,
            observesCalls: listens,
            keepsSignalsWaiting: sluice_seccomp_has_flags(
                SeccompFlags.listener | SeccompFlags.waitsKillable) == 1)
    }

    /// What to tell the user once per run; nil if nothing important is missing.
    public var notice: String? {
        var missing: [String] = []
        if landlockVersion == 0 {
            missing.append("Landlock (Linux 5.13), so a stage can read and change any file")
        } else if landlockVersion < 3 {
            missing.append("Landlock 3 (Linux 6.2), so a stage can truncate any file")
        }
        if !filtersCalls {
            missing.append("seccomp, so a stage can use the network")
        }
        if !observesCalls {
            missing.append(
                "seccomp's user notification (Linux 5.5), so a command's undeclared reads go unnoticed"
            )
        }
        guard !missing.isEmpty else { return nil }
        return "this kernel lacks " + missing.joined(separator: "; and ")
    }
}

/// Flags of the seccomp call.
enum SeccompFlags {
    /// Leaves speculative execution enabled; old kernels would disable it, which slows programs down.
    static let speculation: UInt = 1 << 2
    /// Asks for a listener.
    static let listener: UInt = 1 << 3
    /// Only a fatal signal wakes a process whose call a listener has received.
    static let waitsKillable: UInt = 1 << 5
}

/// What a seccomp program may return.
enum SeccompAction {
    static let allow: UInt32 = 0x7FFF_0000
    static let report: UInt32 = 0x7FC0_0000
    static let killProcess: UInt32 = 0x8000_0000
    static func refuse(_ error: Int32) -> UInt32 { 0x0005_0000 | UInt32(error) }
}
