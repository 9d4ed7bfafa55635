internal import CArrowInterface
internal import Files
internal import Glibc

/// The table of functions of `libArrowBridge.so`, loaded when the first table is opened: Apache Arrow takes 10 ms to load,
/// and most commands open no table.
struct ArrowBridge: Sendable {
    // Constant, and never unloaded.
    nonisolated(unsafe) let functions: UnsafePointer<sluice_arrow_functions>

    /// The bridge, or the reason why it is not there.
    static let shared: Result<ArrowBridge, ColumnsError> = load()

    /// Runs one of the bridge's functions, and makes an error of what it says.
    func check(_ text: UnsafeMutablePointer<CChar>?) throws(ColumnsError) {
        guard let text else { return }
        // The bridge's texts are NUL-terminated, and ours to free.
        let message = String(cString: text)
        functions.pointee.free_text(text)
        throw ColumnsError(message)
    }

    private static func load() -> Result<ArrowBridge, ColumnsError> {
        let name = "libArrowBridge.so"
        var reason = "not found"
        for folder in folders() {
            let path = folder.appending(name)
            guard FileSystem.exists(path) else { continue }
            guard let library = dlopen(path.text, RTLD_NOW | RTLD_LOCAL) else {
                reason = dlerror().map { String(cString: $0) } ?? reason
                continue
            }
            guard let symbol = dlsym(library, "sluice_arrow_bridge") else {
                reason = "\(path) has no bridge in it"
                continue
            }
            // The symbol is declared in CArrowInterface with this type.
            typealias Entry = @convention(c) () -> UnsafePointer<sluice_arrow_functions>?
            guard let functions = unsafeBitCast(symbol, to: Entry.self)(),
                functions.pointee.version == SLUICE_ARROW_BRIDGE_VERSION
            else {
                reason = "\(path) is of another version"
                continue
            }
            return .success(ArrowBridge(functions: functions))
        }
        return .failure(
            ColumnsError(
                "cannot load Apache Arrow (\(name): \(reason)). Run `make build`, which installs and builds it."
            ))
    }

    /// Where the bridge may be: beside the running program, and beside the library that this code is in (in tests).
    private static func folders() -> [FilePath] {
        var folders: [FilePath] = []
        if let program = try? FileSystem.canonical("/proc/self/exe") { folders.append(program.parent) }
        // In tests the program is the toolchain's, and this code is in a bundle among what it has mapped.
        let maps = (try? FileContents.readText("/proc/self/maps", limit: 16 << 20)) ?? ""
        for line in maps.split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/") else { continue }
            let folder = FilePath(String(line[slash...])).parent
            if folder != folders.last { folders.append(folder) }
        }
        return folders
    }
}
