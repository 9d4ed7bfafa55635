internal import CConfinement
internal import Files
internal import Glibc

/// Calls about what Landlock does not guard: attributes of files, and sockets with a path.
extension CallJudge {
    /// Changes the attributes of a file that the attempt may write, on the caller's behalf.
    ///
    /// The file is held while its path is looked at and while it is changed, so that no other can take its place.
    mutating func change(
        _ waiting: WaitingCall, _ attribute: ReportedCall.Attribute, _ target: ReportedCall.Target,
        _ argument: ReportedCall.Place?
    ) -> Verdict {
        let place: HeldPlace?
        switch target {
        case .descriptor: place = HeldPlace(waiting.link(waiting.integer(0)), followsLast: true)
        case .path(let flags):
            let isOfLink = flags.map { waiting.integer($0) & AT_SYMLINK_NOFOLLOW != 0 } ?? false
            switch held(waiting, argument, followsLast: !isOfLink) {
            case .success(let held): place = held
            case .failure(let verdict): return verdict.verdict
            }
        case .link:
            switch held(waiting, argument, followsLast: false) {
            case .success(let held): place = held
            case .failure(let verdict): return verdict.verdict
            }
        }
        // A bad descriptor or a missing file is the kernel's to refuse.
        guard let place, waiting.isStillWaiting else { return .pass }
        // A file in memory alone is the process's own, however its path is written.
        guard let path = place.path, !path.bytes.starts(with: Array("/memfd:".utf8)) else { return .pass }
        switch rules.standing(of: path) {
        case .writable, .shared: break
        case .known, .device, .hidden, .product, .system, .command, .foreign:
            return refuseWriting(ResolvedPlace(path: path))
        }
        // Another user's process must not act as this one.
        guard let owner = HeldPlace(PathBytes("/proc/\(waiting.thread)"), followsLast: true)?.user,
            owner == geteuid()
        else { return .answer(EPERM) }
        return apply(attribute, to: place, waiting)
    }

    private struct Immediate: Error { let verdict: Verdict }

    private mutating func held(
        _ waiting: WaitingCall, _ argument: ReportedCall.Place?, followsLast: Bool
    ) -> Result<HeldPlace?, Immediate> {
        switch path(waiting, argument) {
        case .unreadable:
            // `utimensat` and `futimesat` without a path are about the descriptor.
            if let argument, let directory = argument.directory, waiting.argument(argument.path) == 0 {
                return .success(HeldPlace(waiting.link(waiting.integer(directory)), followsLast: true))
            }
            return .failure(Immediate(verdict: unreadable(waiting)))
        case .missing, .anonymous: return .failure(Immediate(verdict: .pass))
        case .descriptor(let descriptor):
            return .success(HeldPlace(waiting.link(descriptor), followsLast: true))
        case .path(let path):
            let place = PlaceResolver(process: waiting.thread).resolve(path, followsLast: followsLast)
            guard place.status != nil else { return .failure(Immediate(verdict: .pass)) }
            return .success(HeldPlace(place.path, followsLast: false))
        }
    }

    private func apply(
        _ attribute: ReportedCall.Attribute, to place: HeldPlace, _ waiting: WaitingCall
    ) -> Verdict {
        let result: Int32
        switch attribute {
        case .mode(let mode):
            result = sluice_change_mode(place.descriptor, UInt32(bitPattern: waiting.integer(mode)) & 0o7777)
        case .owner(let user, let group):
            result = sluice_change_owner(
                place.descriptor, UInt32(bitPattern: waiting.integer(user)),
                UInt32(bitPattern: waiting.integer(group)))
        case .times(let argument), .microseconds(let argument), .seconds(let argument):
            guard let times = times(attribute, argument, waiting) else { return .answer(EFAULT) }
            guard waiting.isStillWaiting else { return .pass }
            result = sluice_change_times(place.descriptor, times)
        }
        return .answer(result == 0 ? 0 : errno)
    }

    /// Seconds and nanoseconds of the last access and the last change.
    private func times(
        _ attribute: ReportedCall.Attribute, _ argument: Int, _ waiting: WaitingCall
    ) -> [Int64]? {
        let now: Int64 = 0x3FFF_FFFF
        if waiting.argument(argument) == 0 { return [0, now, 0, now] }
        switch attribute {
        case .seconds: return waiting.words(argument, count: 2).map { [$0[0], 0, $0[1], 0] }
        case .microseconds:
            return waiting.words(argument, count: 4).map { [$0[0], $0[1] &* 1000, $0[2], $0[3] &* 1000] }
        case .times, .mode, .owner: return waiting.words(argument, count: 4)
        }
    }

    /// Connects only to the attempt's own sockets.
    mutating func connect(_ waiting: WaitingCall, address: Int, size: Int) -> Verdict {
        // A path begins after the family's two bytes; more than 108 bytes are none.
        let length = min(max(0, Int(waiting.integer(size))), 110)
        guard let bytes = waiting.bytes(address, count: length) else { return unreadable(waiting) }
        guard bytes.count > 2, UInt16(bytes[0]) | UInt16(bytes[1]) << 8 == UInt16(AF_UNIX) else {
            return .pass
        }
        let name = Array(bytes.dropFirst(2).prefix { $0 != 0 })
        if name.isEmpty {
            if rules.kernelScopesSockets { return .pass }
            recording.refuse(.connection, nil)
            return .refused
        }
        var path = PathBytes(name)
        if !path.isAbsolute {
            guard let base = waiting.folder(AT_FDCWD) else { return .pass }
            path = base.appending(name)
        }
        let place = PlaceResolver(process: waiting.thread).resolve(path, followsLast: true)
        guard waiting.isStillWaiting else { return .pass }
        if rules.standing(of: place.path) == .writable { return .pass }
        guard place.status != nil else { return learn(place, .existence) == .pass ? .pass : .refused }
        recording.refuse(.connection, place.path)
        return .refused
    }
}

/// A place in the file system that stays the same file while it is held.
final class HeldPlace {
    let descriptor: Int32

    /// Nil if nothing is there.
    init?(_ path: PathBytes, followsLast: Bool) {
        descriptor = path.withCString { followsLast ? sluice_open_place($0) : sluice_open_place_itself($0) }
        guard descriptor >= 0 else { return nil }
    }

    deinit { _ = close(descriptor) }

    /// Where the file is; nil for what has no path, such as a pipe.
    var path: PathBytes? {
        let path = PlaceResolver.destination(of: PathBytes("/proc/self/fd/\(descriptor)"))
        return path?.isAbsolute == true ? path : nil
    }

    /// The file's owner.
    var user: UInt32? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_uid : nil
    }
}

@available(*, unavailable)
extension HeldPlace: Sendable {}
