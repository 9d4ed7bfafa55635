/// What an attempt may do with which paths, and which of its reads are recorded. All paths are canonical.
public struct ObservationRules: Sendable {
    /// Folders of the system.
    public var system = SystemFolders.standard
    /// The folders of the command search path: there, even a change to a program of the system is noticed.
    public var commandFolders: Set<PathBytes> = []
    /// What may be read without being recorded: the inputs, the files that the stage's key covers, exceptions.
    public var known: [PathBytes] = []
    /// What may be read and written without being recorded: outputs, scratch, the log, exceptions.
    public var writable: [PathBytes] = []
    /// Writable folders to which others write, too: what was there before is recorded if it is read.
    public var shared: [PathBytes] = [StandardDevices.sharedMemory]
    /// Devices that may be read and written.
    public var devices: [PathBytes] = StandardDevices.harmless
    /// What is inaccessible: the store, and other attempts' folders.
    public var hidden: [PathBytes] = []
    /// The attempt's own folder, with its script: it is hidden, but its names, which are always the same, may be listed.
    public var ownFolder: PathBytes?
    /// What the stage itself has published.
    public var products: [PathBytes] = []
    /// The working directory.
    public var workingDirectory = PathBytes.root
    /// True if reads that would be recorded are refused instead.
    public var readsOnlyDeclared = false
    /// True if abstract local sockets of other programs are refused by the kernel (Landlock 6).
    public var kernelScopesSockets = true

    /// The rules of an attempt that may write nothing and has declared nothing.
    public init() {}

    /// How an attempt may use a path.
    enum Standing: Sendable, Hashable {
        case known, writable, shared, device, hidden, product, system, command, foreign
    }

    /// The standing of a path. The innermost rule decides, so that an attempt's folder can be inside a hidden one.
    func standing(of path: PathBytes) -> Standing {
        var best: (standing: Standing, length: Int)?
        func consider(_ folders: [PathBytes], _ standing: Standing) {
            for folder in folders where path.isWithin(folder) {
                // Of several rules for the same path, the first one counts.
                if (best?.length ?? -1) < folder.bytes.count { best = (standing, folder.bytes.count) }
            }
        }
        consider(writable, .writable)
        consider(known, .known)
        consider(shared, .shared)
        consider(devices, .device)
        consider(products, .product)
        consider(hidden, .hidden)
        if let best { return best.standing }
        guard system.contains(path) else { return .foreign }
        return commandFolders.contains(path.parent) ? .command : .system
    }

    /// True if the attempt needs to see the folder, because the working directory or something that it may use is below it.
    func isOnTheWay(_ folder: PathBytes) -> Bool {
        workingDirectory.isWithin(folder) || known.contains { $0.isWithin(folder) }
            || writable.contains { $0.isWithin(folder) }
    }

    /// True if accessing a hidden path always reveals the same: the names in the attempt's own folder, or that a file is missing
    /// next to the folders on the way to it. Python lists the folder of its script, and Node looks for `package.json` there and in
    /// every folder above.
    func tellsNothing(of place: PathBytes, isMissing: Bool) -> Bool {
        if place == ownFolder { return true }
        return isMissing && isOnTheWay(place.parent) && standing(of: place.parent) == .hidden
    }

    /// True if a path, judged by its text, may lead through folders that the attempt itself can change.
    func mayChange(_ path: PathBytes) -> Bool {
        writable.contains { path.isWithin($0) } || shared.contains { path.isWithin($0) }
    }
}
