public import Files
import Glibc

/// Where CUDA's libraries may be: in the loader's folders, a toolkit, Python packages, or the folder of `make deps-cuda`.
public struct LibraryPlaces: Sendable {
    /// An environment variable with the folders, separated by colons, for a process that may read only these.
    public static let variable = "SLUICE_CUDA_LIBRARIES"

    /// The folders to search after those of the loader, in order.
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
        // The environment of a Python on the path other than the system's.
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

    /// The places according to this process's environment.
    static var ofThisProcess: LibraryPlaces { LibraryPlaces { getenv($0).map { String(cString: $0) } } }

    /// The folders in a search path.
    private static func list(_ text: String) -> [FilePath] {
        text.utf8.split(separator: UInt8(ascii: ":")).compactMap { String($0).map { FilePath($0) } }
    }

    /// The folders that a confined process must read, besides the system's, to compute on a GPU: these folders, and those that
    /// the loader may be configured to search.
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

    /// Loads the first library found under one of some names.
    ///
    /// - Returns: the library and its path, or why each attempt failed.
    func load(_ names: [String]) -> Result<(library: UnsafeMutableRawPointer, path: String), DeviceError> {
        var reason = "\(names[0]): not found"
        for path in names + names.flatMap({ name in folders.map { $0.appending(name).text } }) {
            // Whether a file exists is not checked first: the loader searches for a bare name.
            let isPath = path.utf8.contains(UInt8(ascii: "/"))
            guard !isPath || FileSystem.exists(FilePath(path)) else { continue }
            if let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) { return .success((library, path)) }
            if isPath { reason = dlerror().map { String(cString: $0) } ?? reason }
        }
        return .failure(DeviceError(reason))
    }
}
