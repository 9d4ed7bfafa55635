internal import CConfinement
internal import Glibc

/// Which system calls a confined process may make.
enum CallRules {
    /// The rules; of several for a call, the first one whose conditions hold counts.
    static func rules(allowsNetwork: Bool, isObserved: Bool) -> [CallRule] {
        var rules: [CallRule] = []
        if isObserved {
            rules += emptyPaths + report(ReportedCall.reads)
            rules += report(ReportedCall.writes) + report(ReportedCall.changes)
        }
        if !allowsNetwork { rules += localSocketsOnly(isObserved: isObserved) }
        return rules + deviceControl + otherProcesses + namespaces + sharedObjects + attributes + system
    }

    private static func report(_ calls: [ReportedCall]) -> [CallRule] {
        calls.map { CallRule($0.call, .report) }
    }

    /// `fstat` is a call with an empty path: it reveals nothing that opening the file has not revealed already.
    private static var emptyPaths: [CallRule] {
        let isDescriptor = CallRule.Condition(0, .differs(UInt32(bitPattern: AT_FDCWD)))
        let emptyPath: UInt32 = 0x1000
        return [(sluice_call_newfstatat, 3), (sluice_call_statx, 2)].map { call, flags in
            CallRule(
                number(call), .allow,
                if: [isDescriptor, CallRule.Condition(flags, mask: emptyPath, .equals(emptyPath))])
        }
    }

    /// Local sockets with connections. Local datagrams can be sent to any socket with a path, so they are not allowed.
    private static func localSocketsOnly(isObserved: Bool) -> [CallRule] {
        let isLocal = CallRule.Condition(0, .equals(UInt32(AF_UNIX)))
        let stream: UInt32 = 1
        let packets: UInt32 = 5
        var rules: [CallRule] = []
        for call in [sluice_call_socket, sluice_call_socketpair] {
            for kind in [stream, packets] {
                rules.append(
                    CallRule(
                        number(call), .allow,
                        if: [isLocal, CallRule.Condition(1, mask: 0xF, .equals(kind))]))
            }
        }
        rules.append(CallRule(number(sluice_call_socket), isObserved ? .report : .refuse(EACCES)))
        rules.append(CallRule(number(sluice_call_socketpair), .refuse(EACCES)))
        if isObserved { rules.append(CallRule(number(sluice_call_connect), .report)) }
        return rules
    }

    /// Injecting input into terminals, and flags of files, which Landlock does not control.
    private static var deviceControl: [CallRule] {
        let typing: [UInt32] = [0x5412, 0x541C]
        let fileFlags: [UInt32] = [0x4008_6602, 0x4004_6602, 0x401C_5820, 0x4008_7602]
        func rule(_ command: UInt32, _ error: Int32) -> CallRule {
            CallRule(
                number(sluice_call_ioctl), .refuse(error), if: [CallRule.Condition(1, .equals(command))])
        }
        return typing.map { rule($0, EPERM) } + fileFlags.map { rule($0, EOPNOTSUPP) }
    }

    /// Changing the limits of other processes, such as the driver.
    private static var otherProcesses: [CallRule] {
        [
            CallRule(
                number(sluice_call_prlimit64), .refuse(EPERM),
                if: [CallRule.Condition(0, .differs(0)), CallRule.Condition(2, .differs(0))])
        ]
    }

    /// Creating namespaces, which gives rights within them, and changes the meaning of paths.
    private static var namespaces: [CallRule] {
        let kinds: UInt32 = 0x7E02_0000
        let time: UInt32 = 0x80
        return [
            CallRule(
                number(sluice_call_unshare), .refuse(EPERM),
                if: [CallRule.Condition(0, mask: kinds | time, .differs(0))]),
            CallRule(
                number(sluice_call_clone), .refuse(EPERM),
                if: [CallRule.Condition(0, mask: kinds, .differs(0))]),
        ]
    }

    /// Creating objects other than files that outlive the process under a name that others can use.
    private static var sharedObjects: [CallRule] {
        let isNamed = [CallRule.Condition(0, .differs(0))]
        return [
            CallRule(number(sluice_call_shmget), .refuse(EACCES), if: isNamed),
            CallRule(number(sluice_call_semget), .refuse(EACCES), if: isNamed),
            CallRule(number(sluice_call_msgget), .refuse(EACCES), if: isNamed),
            CallRule(number(sluice_call_mq_open), .refuse(ENOSYS)),
            CallRule(number(sluice_call_add_key), .refuse(EPERM)),
            CallRule(number(sluice_call_request_key), .refuse(EPERM)),
            CallRule(number(sluice_call_keyctl), .refuse(EPERM)),
        ]
    }

    /// Changing attributes that Landlock does not control and that artifacts do not have.
    private static var attributes: [CallRule] {
        [
            sluice_call_setxattr, sluice_call_lsetxattr, sluice_call_fsetxattr, sluice_call_setxattrat,
            sluice_call_removexattr, sluice_call_lremovexattr, sluice_call_fremovexattr,
            sluice_call_removexattrat, sluice_call_file_setattr, sluice_call_name_to_handle_at,
        ].map { CallRule(number($0), .refuse(EOPNOTSUPP)) }
    }

    /// Changing the machine, or evading the observer: `io_uring` does the work of other calls without making them.
    private static var system: [CallRule] {
        [
            sluice_call_mount, sluice_call_umount2, sluice_call_pivot_root, sluice_call_chroot,
            sluice_call_open_tree, sluice_call_open_tree_attr, sluice_call_move_mount, sluice_call_fsopen,
            sluice_call_fsconfig, sluice_call_fsmount, sluice_call_fspick, sluice_call_mount_setattr,
            sluice_call_setns, sluice_call_open_by_handle_at, sluice_call_swapon, sluice_call_swapoff,
            sluice_call_reboot, sluice_call_kexec_load, sluice_call_kexec_file_load, sluice_call_init_module,
            sluice_call_finit_module, sluice_call_delete_module, sluice_call_bpf,
            sluice_call_perf_event_open, sluice_call_acct, sluice_call_quotactl, sluice_call_quotactl_fd,
            sluice_call_settimeofday, sluice_call_clock_settime, sluice_call_sethostname,
            sluice_call_setdomainname, sluice_call_vhangup, sluice_call_fanotify_init, sluice_call_syslog,
            sluice_call_userfaultfd, sluice_call_uselib, sluice_call_iopl, sluice_call_ioperm,
        ].map { CallRule(number($0), .refuse(EPERM)) }
            + [CallRule(number(sluice_call_io_uring_setup), .refuse(ENOSYS))]
    }

    /// The number of a call; -1, for which there is no rule, if the architecture lacks it.
    private static func number(_ call: sluice_system_call) -> Int32 {
        Int32(truncatingIfNeeded: Int(call.rawValue))
    }
}
