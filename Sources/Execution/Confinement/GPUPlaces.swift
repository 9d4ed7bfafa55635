import Confinement
public import Files

/// What a worker that computes on a GPU may reach besides the device files.
public struct GPUPlaces: Sendable {
    /// Folders of libraries outside the system's.
    let libraries: [PathBytes]
    /// Where it keeps compiled kernels; nil if that is not possible, so that each attempt compiles them.
    let cache: PathBytes?

    /// Resolves the links of paths and omits those that do not exist.
    ///
    /// - Parameters:
    ///   - libraries: folders of libraries.
    ///   - cache: the folder of compiled kernels, which is created if it is missing.
    public init(libraries: [FilePath], cache: FilePath?) {
        func canonical(_ path: FilePath) -> PathBytes? {
            (try? FileSystem.canonical(path)).map { PathBytes($0) }
        }
        self.libraries = libraries.compactMap(canonical)
        // A rule needs a folder that exists.
        if let cache { try? FileSystem.makeDirectories(cache) }
        self.cache = cache.flatMap(canonical)
    }
}
