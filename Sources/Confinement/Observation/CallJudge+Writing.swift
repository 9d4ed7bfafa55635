internal import Dataflow
internal import Files
internal import Glibc

/// Calls that make, change, move and remove files.
extension CallJudge {
    /// Opening a file to change it, or to create it if it is missing.
    mutating func openForWriting(
        _ waiting: WaitingCall, _ path: PathBytes, _ flags: OpenFlags, followsLast: Bool
    ) -> Verdict {
        let place = PlaceResolver(process: waiting.thread).resolve(path, followsLast: followsLast)
        guard waiting.isStillWaiting else { return .pass }
        // An open pipe, terminal or socket by its number, as in `tee >(cat)`: Landlock knows what it is.
        if place.status?.kind == .other, place.path.isWithin(PathBytes("/proc")) { return .pass }
        switch rules.standing(of: place.path) {
        case .writable, .device: return .pass
        case .shared: return openShared(waiting, place, flags)
        case .known, .hidden, .product, .system, .command, .foreign: break
        }
        let exists = place.status != nil
        if exists && !flags.changesFile {
            // It exists already, so it is only read.
            return learn(waiting, path, .content, followsLast: followsLast)
        }
        if !exists && !flags.contains(.create) {
            return learn(waiting, path, .existence, followsLast: followsLast)
        }
        return refuseWriting(place)
    }

    /// A file in a folder to which others write, too: what they have left there is an input.
    private mutating func openShared(
        _ waiting: WaitingCall, _ place: ResolvedPlace, _ flags: OpenFlags
    ) -> Verdict {
        guard let status = place.status, status.kind == .file else {
            recording.make(place.path)
            return .pass
        }
        if flags.contains(.exclusive) { return .pass }
        if flags.contains(.truncate) {
            recording.make(place.path)
            return .pass
        }
        return learn(place, .content, waiting)
    }

    /// Calls that change names.
    mutating func changeNames(_ waiting: WaitingCall, _ call: ReportedCall) -> Verdict {
        let resolver = PlaceResolver(process: waiting.thread)
        var places: [ResolvedPlace] = []
        for argument in [call.place, call.other].compactMap({ $0 }) {
            switch waiting.path(at: argument) {
            case .unreadable: return unreadable(waiting)
            case .missing, .anonymous: return .pass
            case .descriptor:
                // An unnamed file gets a name; Landlock decides where it may be linked.
                continue
            case .path(let path):
                places.append(resolver.resolve(path, followsLast: call.meaning == .truncate))
            }
        }
        guard waiting.isStillWaiting, let first = places.first, let last = places.last else { return .pass }
        if call.meaning == .link {
            guard isWritable(last) else { return refuseWriting(last) }
            let leadsToOpenFile = first.path.isWithin(PathBytes("/proc"))
            guard isWritable(first) || leadsToOpenFile || places.count == 1 else { return .answer(EXDEV) }
        } else {
            // The error that the kernel reports before it checks permissions.
            let exists = first.status != nil
            if call.meaning == .make && exists && !isWritable(first) { return .answer(EEXIST) }
            if call.meaning != .make && !exists && !isWritable(first) { return .answer(ENOENT) }
            for place in places where !isWritable(place) { return refuseWriting(place) }
        }
        for place in places where rules.standing(of: place.path) == .shared {
            recording.make(place.path)
        }
        return .pass
    }

    private func isWritable(_ place: ResolvedPlace) -> Bool {
        switch rules.standing(of: place.path) {
        case .writable, .shared: true
        case .known, .device, .hidden, .product, .system, .command, .foreign: false
        }
    }

    /// Refuses a change; the kernel would too.
    mutating func refuseWriting(_ place: ResolvedPlace) -> Verdict {
        // Programs routinely try to open terminals and kernel settings.
        let isOfKernel = ["/dev", "/proc", "/sys"].contains { place.path.isWithin(PathBytes($0)) }
        if !isOfKernel { recording.refuse(.write, place.path) }
        return .refused
    }
}
