internal import CConfinement
internal import Dataflow
internal import Digests
internal import Files
internal import Glibc

/// What happens to a call.
enum Verdict: Hashable {
    /// The kernel executes it.
    case pass
    /// It returns an error; 0 if it has been done on the caller's behalf.
    case answer(Int32)

    /// The call is not permitted.
    static let refused = Verdict.answer(EACCES)
}

/// Decides what happens to an attempt's calls, and records what the attempt learns from them.
struct CallJudge {
    let rules: ObservationRules
    /// What the run knows about paths from all attempts.
    private let shared: SharedKnowledge
    var recording = Recording()
    private var imports = ImportListings()

    init(rules: ObservationRules, _ shared: SharedKnowledge) {
        self.rules = rules
        self.shared = shared
    }

    /// Decides what happens to a waiting call.
    mutating func judge(_ waiting: WaitingCall) -> Verdict {
        guard let call = ReportedCall.byNumber[waiting.call.number] else { return .pass }
        imports.begin(waiting.thread)
        switch call.meaning {
        case .socket:
            recording.refuse(.network, nil)
            return .refused
        case .connect(let address, let size):
            return connect(waiting, address: address, size: size)
        case .change(let attribute, let target):
            return change(waiting, attribute, target, call.place)
        case .open(let flags):
            let flags = OpenFlags(rawValue: UInt64(UInt32(bitPattern: waiting.integer(flags))))
            return open(waiting, call, flags: flags)
        case .openAsDescribed(let description):
            // struct open_how begins with the flags.
            guard let flags = waiting.words(description, count: 1)?.first else { return unreadable(waiting) }
            return open(waiting, call, flags: OpenFlags(rawValue: UInt64(bitPattern: flags)))
        case .create:
            return open(waiting, call, flags: [.writeOnly, .create, .truncate])
        case .look(let flags):
            let isOfLink = flags.map { waiting.integer($0) & AT_SYMLINK_NOFOLLOW != 0 } ?? false
            return look(waiting, call, followsLast: !isOfLink)
        case .lookAtLink: return look(waiting, call, followsLast: false)
        case .execute: return execute(waiting, call)
        case .make, .remove, .link, .move, .truncate: return changeNames(waiting, call)
        }
    }

    /// The call's path, if it has one.
    func path(_ waiting: WaitingCall, _ place: ReportedCall.Place?) -> CallPath {
        guard let place else { return .missing }
        return waiting.path(at: place)
    }

    /// A path that cannot be read: the kernel refuses bad addresses itself, but inaccessible memory is refused here.
    mutating func unreadable(_ waiting: WaitingCall) -> Verdict {
        if errno == EFAULT || errno == ENAMETOOLONG || !waiting.isStillWaiting { return .pass }
        recording.note(
            "the memory of one of its processes cannot be read: \(String(cString: strerror(errno)))")
        return .refused
    }

    // MARK: Opening and looking

    private mutating func open(
        _ waiting: WaitingCall, _ call: ReportedCall, flags: OpenFlags
    ) -> Verdict {
        switch path(waiting, call.place) {
        case .unreadable: return unreadable(waiting)
        case .missing, .descriptor, .anonymous: return .pass
        case .path(let path):
            let follows = !flags.contains(.noFollow)
            if flags.isOnlyPlace {
                return learn(waiting, path, follows ? .existence : .link, followsLast: follows)
            }
            if flags.mayChange {
                return openForWriting(waiting, path, flags, followsLast: follows)
            }
            return learn(waiting, path, .content, followsLast: follows)
        }
    }

    private mutating func look(
        _ waiting: WaitingCall, _ call: ReportedCall, followsLast: Bool
    ) -> Verdict {
        switch path(waiting, call.place) {
        case .unreadable: return unreadable(waiting)
        case .missing, .descriptor, .anonymous: return .pass
        case .path(let path):
            return learn(waiting, path, followsLast ? .existence : .link, followsLast: followsLast)
        }
    }

    private mutating func execute(
        _ waiting: WaitingCall, _ call: ReportedCall
    ) -> Verdict {
        switch path(waiting, call.place) {
        case .unreadable: return unreadable(waiting)
        case .missing, .anonymous: return .pass
        case .descriptor(let descriptor):
            guard let path = waiting.folder(descriptor) else { return .pass }
            return learn(waiting, path, .program, followsLast: true)
        case .path(let path): return learn(waiting, path, .program, followsLast: true)
        }
    }

    /// Resolves a path that is to be read, and records or refuses that.
    mutating func learn(
        _ waiting: WaitingCall, _ path: PathBytes, _ aspect: DiscoveredInput.Aspect, followsLast: Bool
    ) -> Verdict {
        let isPlain = path.isPlain
        if isPlain { imports.note(path, aspect) }
        if isPlain && aspect != .program && shared.isSystem(path) { return .pass }
        // The attempt can change what its own folders' paths lead to.
        let use: [UInt8]? = isPlain && !rules.mayChange(path) ? [aspect.rawValue] + path.bytes : nil
        if let use, recording.isSettled(use) { return .pass }
        let resolver = PlaceResolver(process: waiting.thread)
        let place = resolver.resolve(path, followsLast: followsLast)
        guard waiting.isStillWaiting else { return .pass }
        var verdict = learn(place, aspect, waiting)
        if aspect == .program && verdict == .pass {
            verdict = learnInterpreters(of: place, waiting)
        }
        if verdict == .pass, let use {
            if aspect != .program, staysInSystem(path, place) {
                shared.addSystem(path)
            } else if place.status?.kind != .directory || aspect < .names {
                // A directory may first be listed for modules only, and later for all its names.
                recording.settle(use)
            }
        }
        return verdict
    }

    /// True if a path, every link on the way and what it leads to, or what is missing there, belong to the system.
    private func staysInSystem(_ path: PathBytes, _ place: ResolvedPlace) -> Bool {
        ([path, place.path] + place.links.map(\.path)).allSatisfy { rules.standing(of: $0) == .system }
    }

    /// Records a script's interpreter, which the kernel opens itself.
    private mutating func learnInterpreters(
        of script: ResolvedPlace, _ waiting: WaitingCall
    ) -> Verdict {
        let resolver = PlaceResolver(process: waiting.thread)
        var place = script
        // The kernel follows as many.
        for _ in 0..<5 {
            guard var interpreter = shared.interpreter(of: place) else { break }
            if !interpreter.isAbsolute, let base = waiting.folder(AT_FDCWD) {
                interpreter = base.appending(interpreter.bytes)
            }
            place = resolver.resolve(interpreter, followsLast: true)
            let verdict = learn(place, .program, waiting)
            guard verdict == .pass else { return verdict }
        }
        return .pass
    }

    /// Records or refuses what using a place reveals.
    mutating func learn(
        _ place: ResolvedPlace, _ aspect: DiscoveredInput.Aspect, _ waiting: WaitingCall
    ) -> Verdict {
        for link in place.links where isRecorded(rules.standing(of: link.path), .link) {
            if !rules.readsOnlyDeclared { recording.add(link.path, .link, link.status) }
        }
        let standing = rules.standing(of: place.path)
        switch standing {
        case .known, .writable, .device: return .pass
        case .hidden:
            if rules.isOnTheWay(place.path) && aspect < .modules { return .pass }
            if rules.tellsNothing(of: place.path, isMissing: place.status == nil) { return .pass }
            recording.refuse(.hiddenRead, place.path)
            return .refused
        case .product:
            // Earlier publications must not influence a result, so they appear to be missing.
            if aspect < .modules || place.status == nil { return .answer(ENOENT) }
            recording.refuse(.ownProduct, place.path)
            return .refused
        case .shared:
            if recording.made.contains(place.path) { return .pass }
        case .system, .command, .foreign: break
        }
        guard isRecorded(standing, aspect) else { return .pass }
        var aspect = Self.aspect(aspect, of: place.status)
        if aspect == .names && imports.isImport(of: place.path, waiting) { aspect = .modules }
        if rules.readsOnlyDeclared && standing == .foreign { return undeclared(place, aspect) }
        if aspect == .existence && place.status?.kind == .directory && rules.isOnTheWay(place.path) {
            return .pass
        }
        let rules = rules
        recording.add(place.path, aspect, place.status) {
            aspect == .names || aspect == .modules
                ? DirectoryListing.digest(of: place.path, modulesOnly: aspect == .modules, rules.hidden) : nil
        }
        return .pass
    }

    /// True if what is learned about a path with this standing is recorded.
    private func isRecorded(_ standing: ObservationRules.Standing, _ aspect: DiscoveredInput.Aspect) -> Bool {
        switch standing {
        case .foreign, .shared: true
        case .system: aspect == .program
        case .command: aspect == .program || aspect == .existence || aspect == .link
        case .known, .writable, .device, .hidden, .product: false
        }
    }

    /// What a use reveals, given what is there: a directory has names; what is missing or not a file has no content.
    private static func aspect(
        _ aspect: DiscoveredInput.Aspect, of status: FileStatus?
    ) -> DiscoveredInput.Aspect {
        switch status?.kind {
        case nil, .other: .existence
        case .directory: aspect >= .modules ? .names : .existence
        case .file: aspect == .link ? .existence : aspect
        case .symbolicLink: .link
        }
    }

    /// An undeclared read in a stage that may read only what it declares: the path appears to be missing, or cannot be read.
    private mutating func undeclared(_ place: ResolvedPlace, _ aspect: DiscoveredInput.Aspect) -> Verdict {
        guard let status = place.status else { return .pass }
        if aspect >= .modules {
            recording.refuse(.undeclaredRead, place.path)
            return .refused
        }
        if status.kind == .directory && rules.isOnTheWay(place.path) { return .pass }
        recording.refuse(.undeclaredLook, place.path)
        return .answer(ENOENT)
    }
}

/// Flags of `open`.
struct OpenFlags: OptionSet {
    let rawValue: UInt64

    static let writeOnly = OpenFlags(rawValue: 1)
    static let readWrite = OpenFlags(rawValue: 2)
    static let create = OpenFlags(rawValue: UInt64(O_CREAT))
    static let exclusive = OpenFlags(rawValue: UInt64(O_EXCL))
    static let truncate = OpenFlags(rawValue: UInt64(O_TRUNC))
    static let noFollow = OpenFlags(rawValue: UInt64(O_NOFOLLOW))
    /// Missing from Swift's Glibc module.
    private static let place = OpenFlags(rawValue: 0x20_0000)
    private static let unnamed = OpenFlags(rawValue: 0x40_0000)

    /// True if the file can be neither read nor written through the descriptor.
    var isOnlyPlace: Bool { contains(.place) }
    /// True if a file may be made, or an existing one changed.
    var mayChange: Bool { !isDisjoint(with: [.writeOnly, .readWrite, .create, .truncate, .unnamed]) }
    /// True if an existing file is changed.
    var changesFile: Bool { !isDisjoint(with: [.writeOnly, .readWrite, .truncate, .unnamed]) }
}
