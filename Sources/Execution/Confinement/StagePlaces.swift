public import Confinement
public import Dataflow
import Digests
public import Files

/// The places on this machine that matter to confined stages; all paths have their links resolved.
public struct StagePlaces: Sendable {
    /// The working directory.
    public var workingDirectory: PathBytes
    /// The user's home directory; nil if there is none.
    public var home: PathBytes?
    /// The folders of the search path, in order.
    var commandFolders: [PathBytes]
    /// What belongs to the store: no stage may reach it.
    public var hidden: [PathBytes]
    /// What the pipeline has published before.
    public var products: [PathBytes]
    /// What a worker needs to start: its program, and libraries outside the system's folders.
    public var programs: [PathBytes]
    /// What a worker that computes on a GPU also needs; nil if no stage reserves one.
    public var gpu: GPUPlaces?

    /// Resolves the links of paths; paths that do not exist are omitted, or kept unresolved if they may be created later.
    ///
    /// - Parameters:
    ///   - environment: the environment of stages, with `PATH` and `HOME`.
    ///   - hidden: the store's files and folders.
    ///   - products: the folder of what the pipeline publishes.
    ///   - programs: folders of the worker's program and its libraries.
    public init(
        environment: [String: String], hidden: [FilePath], products: [FilePath] = [],
        programs: [FilePath] = []
    ) {
        let directory = FileSystem.workingDirectory()
        func canonical(_ path: FilePath) -> PathBytes? {
            (try? FileSystem.canonical(path.resolved(against: directory))).map { PathBytes($0) }
        }
        /// If the path does not exist yet, only its folder is resolved.
        func perhaps(_ path: FilePath) -> PathBytes {
            let path = path.resolved(against: directory)
            return canonical(path) ?? canonical(path.parent).map {
                $0.appending(FilePath(path.lastComponent).bytes)
            }
                ?? PathBytes(path)
        }
        workingDirectory = canonical(directory) ?? PathBytes(directory)
        home = environment["HOME"].flatMap {
            $0.utf8.first == UInt8(ascii: "/") ? canonical(FilePath($0)) : nil
        }
        var folders: [PathBytes] = []
        for folder in ProgramSearch.path(in: environment).utf8.split(separator: UInt8(ascii: ":")) {
            guard let text = String(folder), let path = canonical(FilePath(text)), !folders.contains(path)
            else { continue }
            folders.append(path)
        }
        commandFolders = folders
        self.hidden = hidden.map(perhaps)
        self.products = products.map(perhaps)
        self.programs = programs.compactMap(canonical)
    }

    /// How discovered paths are recorded and found again.
    var discovery: DiscoveryPlaces {
        DiscoveryPlaces(
            workingDirectory: workingDirectory, home: home, commandFolders: commandFolders, hidden: hidden)
    }

    /// Finds the current states of discovered inputs.
    ///
    /// - Parameter observes: true if the run observes its commands.
    public func fileView(of store: any ArtifactStoring, observes: Bool) -> ResultFinder.FileView {
        let places = discovery
        return ResultFinder.FileView(
            observes: observes,
            foreignState: { input, limit in try Self.foreignState(of: input, limit, places, store) },
            state: { input in
                do {
                    return try places.state(of: input) { path in try Self.digest(of: path, store) }
                } catch {
                    return Self.unreadable
                }
            })
    }

    /// A file that can no longer be read has changed.
    private static let unreadable = DiscoveredState.changedMeanwhile(SHA256.digest(of: "unreadable"))

    /// The state of an input that was named elsewhere.
    private static func foreignState(
        of input: DiscoveredInput, _ limit: Int, _ places: DiscoveryPlaces, _ store: any ArtifactStoring
    ) throws -> (state: DiscoveredState, bytesRead: Int) {
        if let objection = places.objection(to: input) { throw PathSetJudge.Refusal(objection) }
        var bytesRead = 0
        do {
            let state = try places.state(of: input) { path in
                let source = ExternalSource(path: path.description)
                guard let found = try store.sources.digest(of: source, readingAtMost: limit) else {
                    throw PathSetJudge.Refusal(
                        "the files that it names are too large: \(path) is one of them")
                }
                bytesRead = found.bytesRead
                return found.digest
            }
            return (state, bytesRead)
        } catch let refusal as PathSetJudge.Refusal {
            throw refusal
        } catch {
            return (unreadable, bytesRead)
        }
    }

    /// The digest of a file outside the store, which is read only if it has changed.
    static func digest(of path: PathBytes, _ store: any ArtifactStoring) throws -> Digest {
        try store.sources.digest(of: ExternalSource(path: path.description))
    }

    /// True if a folder contains part of the store. An attempt's own folders are inside the store, not the other way round.
    func contains(storeIn folder: PathBytes) -> Bool { hidden.contains { $0.isWithin(folder) } }

    /// True if a path belongs to the store.
    func belongsToStore(_ path: PathBytes) -> Bool { hidden.contains { path.isWithin($0) } }

    /// A path in the pipeline file, relative to the working directory or `~/`; the file need not exist.
    func path(_ text: String) -> PathBytes {
        let path: PathBytes
        if text.utf8.first == UInt8(ascii: "/") {
            path = PathBytes(text)
        } else if text.utf8.starts(with: "~/".utf8) || text.utf8.elementsEqual("~".utf8), let home {
            path = home.appending(Array(text.utf8.dropFirst(2)))
        } else {
            path = workingDirectory.appending(Array(text.utf8))
        }
        let file = FilePath(path.description)
        return (try? FileSystem.canonical(file)).map { PathBytes($0) } ?? path
    }
}
