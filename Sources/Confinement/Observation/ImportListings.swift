internal import Dataflow
internal import Digests
internal import Files
internal import Glibc

/// Recognizes when Python lists a folder only to find modules, so that a new text file next to a script makes nothing stale.
///
/// Python's import system reads a folder's status and lists it in the next call, once per folder and process. It does so
/// before the program can, since every import from a file does it. A listing counts as an import's only if the same thread,
/// of a process that runs Python, has read a module from the folder before. A second listing is the program's own.
struct ImportListings {
    private struct Listing: Hashable {
        let thread: Int32
        let folder: [UInt8]
    }

    /// The paths of each thread's previous and current calls.
    private var before: [Int32: [UInt8]] = [:]
    private var now: [Int32: [UInt8]] = [:]
    private var modules: Set<Listing> = []
    private var listed: Set<Listing> = []
    private var thread: Int32 = 0

    /// If there are more, all are forgotten; then listings count in full.
    private static let maximumEntries = 100_000

    /// Notes that a thread's call begins.
    mutating func begin(_ thread: Int32) {
        self.thread = thread
        before[thread] = now.removeValue(forKey: thread)
        if before.count > Self.maximumEntries { before = [:] }
        if modules.count > Self.maximumEntries { modules = [] }
    }

    /// Notes the path that the call refers to.
    mutating func note(_ path: PathBytes, _ aspect: DiscoveredInput.Aspect) {
        switch aspect {
        case .existence: now[thread] = path.bytes
        case .content where Self.isModule(path.bytes):
            var folder = path.parent
            if folder.lastComponent.elementsEqual(DirectoryListing.compiledModules) { folder = folder.parent }
            modules.insert(Listing(thread: thread, folder: folder.bytes))
        case .link, .modules, .names, .content, .program: break
        }
    }

    /// True if the call lists a folder, by its canonical path, to find modules.
    mutating func isImport(of folder: PathBytes, _ waiting: WaitingCall) -> Bool {
        let listing = Listing(thread: waiting.thread, folder: folder.bytes)
        guard before[waiting.thread] == folder.bytes, modules.contains(listing),
            listed.count < Self.maximumEntries,
            listed.insert(listing).inserted,
            let program = PlaceResolver.destination(of: PathBytes("/proc/\(waiting.thread)/exe"))
        else { return false }
        return program.lastComponent.starts(with: Array("python".utf8))
    }

    private static func isModule(_ path: [UInt8]) -> Bool {
        [".py", ".pyc", ".so"].contains { path.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }
}

/// Digests of the names in a directory on which a result may depend.
enum DirectoryListing {
    /// The folder next to modules in which Python keeps their compiled forms.
    static let compiledModules = Array("__pycache__".utf8)

    /// The digest of the names; nil if the directory cannot be listed.
    ///
    /// Hidden paths are left out, and so is what Python stores next to modules.
    static func digest(of path: PathBytes, modulesOnly: Bool, _ hidden: [PathBytes]) -> Digest? {
        guard let names = DirectoryNames.list(path) else { return nil }
        let inside = hidden.filter { $0.parent == path }.map { Array($0.lastComponent) }
        return DiscoveredState.digest(
            ofNames: names.filter { name in
                name != compiledModules && !inside.contains(name) && (!modulesOnly || mayBeModule(name))
            })
    }

    /// True for a name that may be a module's: a folder's, or one with a module's extension.
    private static func mayBeModule(_ name: [UInt8]) -> Bool {
        guard let point = name.lastIndex(of: UInt8(ascii: ".")) else { return true }
        return ["py", "pyc", "so"].contains { name[(point + 1)...].elementsEqual($0.utf8) }
    }
}
