public import Processes

extension PreparedPolicy {
    /// The restriction with which a process is started, so that it is confined and, if there is a listener, observed.
    ///
    /// - Parameter ruleset: the process's ruleset, which must live until the process has been started.
    public func restriction(
        _ ruleset: Ruleset?, listener: ProcessRestriction.Listener? = nil
    ) -> ProcessRestriction {
        let listener = support.observesCalls ? listener : nil
        return ProcessRestriction(
            rulesets: ruleset.map { [$0.descriptor] } ?? [], calls: calls(isObserved: listener != nil),
            listener: listener)
    }

    /// The system calls that a process may make.
    public func calls(isObserved: Bool) -> ProcessRestriction.Calls {
        var flags = SeccompFlags.speculation
        if isObserved { flags |= SeccompFlags.listener }
        if isObserved && support.keepsSignalsWaiting { flags |= SeccompFlags.waitsKillable }
        let program = FilterProgram.standard(
            allowsNetwork: policy.allowsNetwork, isObserved: isObserved)
        return ProcessRestriction.Calls(
            filter: support.filtersCalls ? program.instructions : [], filterFlags: flags,
            droppedCapabilities: Capabilities.dropped(allowsNetwork: policy.allowsNetwork))
    }
}

extension FilterProgram {
    /// The program for a policy; made once.
    static func standard(allowsNetwork: Bool, isObserved: Bool) -> FilterProgram {
        switch (allowsNetwork, isObserved) {
        case (false, false): confined
        case (false, true): observed
        case (true, false): confinedOnline
        case (true, true): observedOnline
        }
    }

    private static let confined = FilterProgram(CallRules.rules(allowsNetwork: false, isObserved: false))
    private static let observed = FilterProgram(CallRules.rules(allowsNetwork: false, isObserved: true))
    private static let confinedOnline = FilterProgram(
        CallRules.rules(allowsNetwork: true, isObserved: false))
    private static let observedOnline = FilterProgram(CallRules.rules(allowsNetwork: true, isObserved: true))
}

/// Capabilities of the superuser, by the kernel's numbers.
enum Capabilities {
    /// Overriding file ownership, changing the user, and locking memory, as needed for unpacking archives and running servers.
    private static let kept: [UInt64] = [0, 1, 3, 4, 5, 6, 7, 10, 14, 23]
    private static let rawSockets: UInt64 = 13

    /// All others, including those that later kernels add: a stage that runs as root must not control the machine.
    static func dropped(allowsNetwork: Bool) -> UInt64 {
        var mask = UInt64.max >> 1
        for number in kept + (allowsNetwork ? [rawSockets] : []) { mask &= ~(1 << number) }
        return mask
    }
}
