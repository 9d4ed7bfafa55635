internal import CConfinement
internal import Dataflow
internal import Files
internal import Glibc

/// Calls that Landlock does not control: attributes of files, and sockets with a path.
extension CallJudge {
    /// Changes the attributes of a file that the attempt may write, on the caller's behalf.
    ///
    /// The file is kept open while its path is checked and while it is changed, so that no other file can take its place. The
    /// kernel must never execute such a call itself: the path in the caller's memory may have changed by then.
    mutating func change(
        _ waiting: WaitingCall, _ attribute: ReportedCall.Attribute, _ target: ReportedCall.Target,
        _ argument: ReportedCall.Place?
    ) -> Verdict {
        let held: HeldPlace
        switch place(of: target, argument, waiting) {
        case .held(let place): held = place
        case .error(let error): return .answer(error)
        }
        guard waiting.isStillWaiting else { return .refused }
        // A file that exists only in memory, a pipe or a socket belongs to the process.
        if let path = held.path, !path.bytes.starts(with: Array("/memfd:".utf8)) {
            switch rules.standing(of: path) {
            case .writable, .shared: break
            case .known, .device, .hidden, .product, .system, .command, .foreign:
                return refuseWriting(ResolvedPlace(path: path))
            }
        }
        // Another user's process must not act as this one.
        guard let owner = HeldPlace(PathBytes("/proc/\(waiting.thread)"), followsLast: true)?.user,
            owner == geteuid()
        else { return .answer(EPERM) }
        return apply(attribute, to: held, waiting)
    }

    /// The file that a call refers to, or the error that the kernel would return.
    private enum Target {
        case held(HeldPlace)
        case error(Int32)

        init(_ place: HeldPlace?, orElse error: Int32) { self = place.map { .held($0) } ?? .error(error) }
    }

    private func place(
        of target: ReportedCall.Target, _ argument: ReportedCall.Place?, _ waiting: WaitingCall
    ) -> Target {
        let followsLast: Bool
        switch target {
        case .descriptor:
            return Target(HeldPlace(waiting.link(waiting.integer(0)), followsLast: true), orElse: EBADF)
        case .path(let flags):
            followsLast = flags.map { waiting.integer($0) & AT_SYMLINK_NOFOLLOW == 0 } ?? true
        case .link: followsLast = false
        }
        // `utimensat` and `futimesat` without a path refer to the descriptor.
        if let argument, let directory = argument.directory, waiting.argument(argument.path) == 0 {
            return Target(
                HeldPlace(waiting.link(waiting.integer(directory)), followsLast: true), orElse: EBADF)
        }
        switch path(waiting, argument) {
        case .unreadable: return .error(errno == EFAULT || errno == ENAMETOOLONG ? errno : EACCES)
        case .missing, .anonymous: return .error(ENOENT)
        case .descriptor(let descriptor):
            return Target(HeldPlace(waiting.link(descriptor), followsLast: true), orElse: EBADF)
        case .path(let path):
            let place = PlaceResolver(process: waiting.thread).resolve(path, followsLast: followsLast)
            guard place.status != nil else { return .error(ENOENT) }
            // No link is followed here: the path has none, except a last one that is itself the target.
            return Target(HeldPlace(place.path, followsLast: false), orElse: ENOENT)
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
            guard waiting.isStillWaiting else { return .refused }
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
        // A path begins after the family's two bytes, and has at most 108 bytes.
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
        guard place.status != nil else {
            return learn(place, .existence, waiting) == .pass ? .pass : .refused
        }
        recording.refuse(.connection, place.path)
        return .refused
    }
}

/// An open file, whose identity cannot change while it is held.
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
