internal import CConfinement
internal import Files
internal import Glibc

/// Where a path leads, as the kernel would follow it for another process.
struct ResolvedPlace {
    /// The path with links resolved; if nothing is there, resolved as far as possible, with the rest unchanged.
    var path: PathBytes
    /// What is there; nil for nothing.
    var status: FileStatus?
    /// The links on the way.
    var links: [Link] = []

    struct Link {
        let path: PathBytes
        let status: FileStatus
    }
}

/// Resolves paths as seen by another process: `/proc/self` is that process, not this one.
struct PlaceResolver {
    /// The number of the process, or of one of its threads.
    let process: Int32

    /// The kernel follows as many links.
    private static let maximumLinks = 40

    /// Where a path leads; a link at its end is followed only if `followsLast`.
    func resolve(_ path: PathBytes, followsLast: Bool) -> ResolvedPlace {
        if path.isPlain {
            let place = path.withCString { sluice_open_place_without_links($0) }
            if place >= 0 {
                defer { _ = close(place) }
                // There are no links, those of /proc included, so the text is the path.
                if !isOfProcess(path) {
                    return ResolvedPlace(path: path, status: FileStatus(ofDescriptor: place))
                }
            } else if errno == ENOENT || errno == ENOTDIR, !isOfProcess(path) {
                return ResolvedPlace(path: path)
            }
        }
        return walk(path, followsLast: followsLast)
    }

    private func isOfProcess(_ path: PathBytes) -> Bool { path.isWithin(Self.proc) }

    private func walk(_ path: PathBytes, followsLast: Bool) -> ResolvedPlace {
        var place = ResolvedPlace(path: .root, status: Self.status(of: .root))
        var waiting = Array(path.components.map(Array.init).reversed())
        var followed = 0
        while let part = waiting.popLast() {
            if part == dotDot {
                place.path = place.path.parent
                place.status = Self.status(of: place.path)
                continue
            }
            let next = substituted(place.path.appending(part))
            guard let status = Self.status(of: next) else {
                // Anything after a missing folder is missing, even if a `..` follows.
                let rest = waiting.reversed().contains(dotDot) ? [] : waiting.reversed()
                return ResolvedPlace(
                    path: rest.reduce(next) { $0.appending($1) }, status: nil, links: place.links)
            }
            guard status.kind == .symbolicLink, followsLast || !waiting.isEmpty else {
                place.path = next
                place.status = status
                continue
            }
            followed += 1
            guard followed <= Self.maximumLinks, let target = Self.destination(of: next) else {
                return ResolvedPlace(path: next, status: nil, links: place.links)
            }
            if isOfProcess(next) {
                // Such a link leads to an open file, whatever its text says.
                place.path = openFile(next, target) ?? next
                place.status = Self.targetStatus(next)
                if place.status == nil || place.path == next { return place }
                continue
            }
            place.links.append(ResolvedPlace.Link(path: next, status: status))
            if target.isAbsolute {
                place.path = .root
                place.status = nil
            }
            waiting += target.components.map(Array.init).reversed()
            if waiting.isEmpty && place.status == nil { place.status = Self.status(of: place.path) }
        }
        return place
    }

    private static let proc = PathBytes("/proc")
    private static let procSelf = PathBytes("/proc/self")
    private static let procThread = PathBytes("/proc/thread-self")

    /// The path with the process's number instead of `self`.
    private func substituted(_ path: PathBytes) -> PathBytes {
        guard path == Self.procSelf || path == Self.procThread else { return path }
        return PathBytes("/proc/\(process)")
    }

    /// The path of an open file behind a link of /proc; nil if it has none, or no longer has one.
    private func openFile(_ link: PathBytes, _ target: PathBytes) -> PathBytes? {
        guard target.isAbsolute, let behind = Self.targetStatus(link), let there = Self.status(of: target),
            behind.inode == there.inode, behind.device == there.device
        else { return nil }
        return target
    }

    /// What is at a path itself.
    static func status(of path: PathBytes) -> FileStatus? {
        path.withCString { FileStatus(at: $0, followsLinks: false) }
    }

    static func targetStatus(_ path: PathBytes) -> FileStatus? {
        path.withCString { FileStatus(at: $0, followsLinks: true) }
    }

    /// The text of a symbolic link.
    static func destination(of path: PathBytes) -> PathBytes? {
        var failure = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let got = path.withCString { path in
                // readlink(2) writes at most the buffer's size, and initializes what it counts.
                buffer.withMemoryRebound(to: CChar.self) { text in
                    text.baseAddress.map { readlink(path, $0, text.count) } ?? -1
                }
            }
            failure = got <= 0
            count = max(0, got)
        }
        return failure ? nil : PathBytes(bytes)
    }
}
