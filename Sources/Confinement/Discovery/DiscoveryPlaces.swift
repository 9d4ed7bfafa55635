public import Dataflow
public import Digests
internal import Files
internal import Glibc

/// Where the bases of discovered paths are on this machine, and the current state of such paths.
public struct DiscoveryPlaces: Sendable {
    /// The digest of a file's content.
    public typealias ContentReader = (PathBytes) throws -> Digest

    /// The working directory, without links.
    public let workingDirectory: PathBytes
    /// The user's home, without links; nil if there is none, or it is the root.
    public let home: PathBytes?
    /// The folders of the search path, in its order.
    public let commandFolders: [PathBytes]
    /// What belongs to the store: names in a directory on which no result depends.
    public let hidden: [PathBytes]

    /// Places of these paths.
    public init(
        workingDirectory: PathBytes, home: PathBytes?, commandFolders: [PathBytes] = [], hidden: [PathBytes]
    ) {
        self.commandFolders = commandFolders
        self.workingDirectory = workingDirectory
        self.home = home == .root ? nil : home
        self.hidden = hidden
    }

    /// The path as it is recorded: relative to the working directory if it is below it, or else to the home if it is below that.
    public func discovered(_ path: PathBytes) -> DiscoveredPath {
        if path.isWithin(workingDirectory) { return seen(path, from: workingDirectory, .workingDirectory) }
        if let home, path.isWithin(home) { return seen(path, from: home, .home) }
        return seen(path, from: .root, .root)
    }

    /// The path relative to a home that is in the working directory; nil otherwise. Which of the two led to the path is unknown,
    /// so it is recorded for both: the home may be different next time.
    func discoveredFromHome(_ path: PathBytes) -> DiscoveredPath? {
        guard let home, home.isWithin(workingDirectory), path.isWithin(home) else { return nil }
        return seen(path, from: home, .home)
    }

    private func seen(
        _ path: PathBytes, from folder: PathBytes, _ base: DiscoveredPath.Base
    ) -> DiscoveredPath {
        DiscoveredPath(base: base, names: path.relative(to: folder)?.components.map(Array.init) ?? [])
    }

    /// Where a recorded path is on this machine; nil if it is relative to the home, and there is none.
    public func path(of discovered: DiscoveredPath) -> PathBytes? {
        let folder: PathBytes? =
            switch discovered.base {
            case .workingDirectory: workingDirectory
            case .home: home
            case .root: .root
            case .searchPath: nil
            }
        return folder.map { folder in discovered.names.reduce(folder) { $0.appending($1) } }
    }

    /// The current state of an input.
    public func state(of input: DiscoveredInput, content: ContentReader) throws -> DiscoveredState {
        if input.path.base == .searchPath { return place(ofCommand: input.path.names.last ?? []) }
        guard let path = path(of: input.path) else { return .absent }
        let place = PlaceResolver.status(of: path)
        guard place?.kind == .symbolicLink else {
            return try state(at: path, place, input.aspect, content)
        }
        if input.aspect == .link {
            return PlaceResolver.destination(of: path).map { .link(SHA256.digest(of: $0.bytes)) } ?? .absent
        }
        return try state(at: path, PlaceResolver.targetStatus(path), input.aspect, content)
    }

    /// Why no command's result can depend on an input; nil if one can. For inputs that others name.
    ///
    /// What would not be recorded for a command is not read either, even through a link: files in the system's folders,
    /// including the kernel's, where reading can block forever, and files that belong to the store.
    public func objection(to input: DiscoveredInput) -> String? {
        // Checking whether something exists is fast, and reveals little.
        guard input.aspect > .link, input.path.base != .searchPath, let path = path(of: input.path) else {
            return nil
        }
        let target = PlaceResolver(process: getpid()).resolve(path, followsLast: true).path
        let refused = [path, target].first { !mayBeRecorded($0, input.aspect) }
        return refused.map { "it names \($0), on which no result depends" }
    }

    private func mayBeRecorded(_ path: PathBytes, _ aspect: DiscoveredInput.Aspect) -> Bool {
        if hidden.contains(where: { path.isWithin($0) }) { return false }
        guard SystemFolders.standard.contains(path) else { return true }
        let isOfKernel = ["/proc", "/sys", "/dev"].contains { path.isWithin(PathBytes($0)) }
        return !isOfKernel && (aspect == .program || commandFolders.contains(path.parent))
    }

    /// Where a command is found on the search path.
    func place(ofCommand name: [UInt8]) -> DiscoveredState { state(ofCommandAt: find(command: name)) }

    /// The first program of this name on the search path.
    func find(command name: [UInt8]) -> PathBytes? {
        commandFolders.lazy.map { $0.appending(name) }.first { path in
            PlaceResolver.targetStatus(path).map { $0.kind == .file && $0.isExecutable } ?? false
        }
    }

    /// What there is to learn of a command that is found here, or nowhere.
    func state(ofCommandAt path: PathBytes?) -> DiscoveredState {
        guard let path else { return .absent }
        let found = discovered(path)
        return .link(DiscoveredState.digest(ofNames: [[found.base.rawValue]] + found.names))
    }

    private func state(
        at path: PathBytes, _ status: FileStatus?, _ aspect: DiscoveredInput.Aspect, _ content: ContentReader
    ) throws -> DiscoveredState {
        switch (status?.kind, aspect) {
        case (.file, .content): .content(try content(path))
        case (.file, .program):
            .program(try content(path), isExecutable: status?.isExecutable == true)
        case (.directory, .names), (.directory, .modules):
            DirectoryListing.digest(of: path, modulesOnly: aspect == .modules, hidden).map { .names($0) }
                ?? .directory
        default: Self.existence(status)
        }
    }

    /// What can be learned about a path without opening it.
    static func existence(_ status: FileStatus?) -> DiscoveredState {
        switch status?.kind {
        case nil: .absent
        case .file: .file(size: status?.size ?? 0, isExecutable: status?.isExecutable == true)
        case .directory: .directory
        case .symbolicLink, .other: .other
        }
    }
}
