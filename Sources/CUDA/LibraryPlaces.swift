public import Files
import Glibc

/// Where CUDA's libraries may be: where the loader looks, in a toolkit, in Python packages, or where `make deps-cuda` puts
/// them.
public struct LibraryPlaces: Sendable {
    /// An environment variable with the folders, separated by colons, for a process that may read these alone.
    public static let variable = "SLUICE_CUDA_LIBRARIES"

    /// Folders, in the order in which they are tried after those that the loader knows.
    public let folders: [FilePath]

    /// The places on this machine.
    ///
    /// - Parameter variable: an environment variable's value.
    public init(variable: (String) -> String?) {
        self.init(program: try? FileSystem.canonical("/proc/self/exe"), variable: variable)
    }

    /// The places for a program, which may be in the folder of a build.
    init(program: FilePath?, variable: (String) -> String?) {
        if let known = variable(Self.variable) {
            folders = Self.list(known)
            return
        }
        var folders: [FilePath] = []
        for name in ["CUDA_HOME", "CUDA_PATH"] {
            if let home = variable(name) { folders.append(FilePath(home).appending("lib64")) }
        }
        // The program is in .build/MACHINE/release.
        if var folder = program {
            for _ in 0..<4 { folder = folder.parent }
            folders += Self.packages(in: folder.appending(".dependencies").appending("cuda"))
        }
        folders += [
            "/usr/local/cuda/lib64", "/usr/local/cuda/targets/x86_64-linux/lib",
            "/usr/local/cuda/targets/sbsa-linux/lib",
        ]
        var roots = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap(variable).map { FilePath($0) }
        // The environment of a Python that is on the path, if it is not the system's.
        for folder in Self.list(variable("PATH") ?? "") where folder.lastComponent == "bin" {
            roots.append(folder.parent)
        }
        roots += ["/usr/local", "/usr"]
        if let home = variable("HOME") { roots.append(FilePath(home).appending(".local")) }
        for root in roots {
            let library = root.appending("lib")
            for name in Self.names(library) where name.hasPrefix("python3") {
                for kind in ["site-packages", "dist-packages"] {
                    folders += Self.packages(in: library.appending(name).appending(kind))
                }
            }
        }
        self.folders = folders.filter { FileSystem.exists($0) }
    }

    /// The places that this process's environment leads to.
    static var ofThisProcess: LibraryPlaces { LibraryPlaces { getenv($0).map { String(cString: $0) } } }

    /// The folders that a search path lists.
    private static func list(_ text: String) -> [FilePath] {
        text.utf8.split(separator: UInt8(ascii: ":")).compactMap { String($0).map { FilePath($0) } }
    }

    /// What a confined process that computes on a GPU has to read besides the system's folders: the folders, and those that
    /// the loader may be configured to look into.
    ///
    /// - Parameter variable: an environment variable's value.
    public static func readable(variable: (String) -> String?) -> [FilePath] {
        LibraryPlaces(variable: variable).folders + list(variable("LD_LIBRARY_PATH") ?? "")
            + ["/usr/local/cuda", "/usr/local/nvidia"]
    }

    /// The folders of NVIDIA's packages, and of PyTorch, in a folder of Python packages.
    private static func packages(in folder: FilePath) -> [FilePath] {
        let vendor = folder.appending("nvidia")
        return names(vendor).sorted().reversed().map { vendor.appending($0).appending("lib") }
            + [folder.appending("torch").appending("lib")]
    }

    private static func names(_ folder: FilePath) -> [String] { (try? FileSystem.names(in: folder)) ?? [] }

    /// Loads the first library that exists under one of some names.
    ///
    /// - Returns: the library and its path, or why each attempt failed.
    func load(_ names: [String]) -> Result<(library: UnsafeMutableRawPointer, path: String), DeviceError> {
        var reason = "\(names[0]): not found"
        for path in names + names.flatMap({ name in folders.map { $0.appending(name).text } }) {
            // Folders are tried without asking first whether they exist: a name alone is for the loader to find.
            let isPath = path.utf8.contains(UInt8(ascii: "/"))
            guard !isPath || FileSystem.exists(FilePath(path)) else { continue }
            if let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) { return .success((library, path)) }
            if isPath { reason = dlerror().map { String(cString: $0) } ?? reason }
        }
        return .failure(DeviceError(reason))
    }
}
