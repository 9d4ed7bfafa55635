internal import CArrowInterface
internal import Files
internal import Glibc

/// The function table of `libArrowBridge.so`, loaded when the first table is opened: Apache Arrow takes 10 ms to load,
/// and most commands open no table.
struct ArrowBridge: Sendable {
    // Constant and never unloaded.
    nonisolated(unsafe) let functions: UnsafePointer<sluice_arrow_functions>

    /// The bridge, or why it is not available.
    static let shared: Result<ArrowBridge, ColumnsError> = load()

    /// Runs one of the bridge's functions and converts an error message to an error.
    func check(_ text: UnsafeMutablePointer<CChar>?) throws(ColumnsError) {
        guard let text else { return }
        // The bridge's messages are NUL-terminated and owned by the caller.
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
            guard let library = path.withCString({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }) else {
                reason = dlerror().map { String(cString: $0) } ?? reason
                continue
            }
            guard let symbol = dlsym(library, "sluice_arrow_bridge") else {
                reason = "\(path) does not contain the bridge"
                continue
            }
            // CArrowInterface declares the symbol with this type.
            typealias Entry = @convention(c) () -> UnsafePointer<sluice_arrow_functions>?
            guard let functions = unsafeBitCast(symbol, to: Entry.self)(),
                functions.pointee.version == SLUICE_ARROW_BRIDGE_VERSION
            else {
                reason = "\(path) has a different version"
                continue
            }
            return .success(ArrowBridge(functions: functions))
        }
        return .failure(
            ColumnsError(
                "cannot load Apache Arrow (\(name): \(reason)). Run `make build`, which installs and builds it."
            ))
    }

    /// Where to look for the bridge: next to the running program, and next to the library that contains this code (in
    /// tests).
    private static func folders() -> [FilePath] {
        var folders: [FilePath] = []
        if let program = try? FileSystem.canonical("/proc/self/exe") { folders.append(program.parent) }
        // In tests, the program belongs to the toolchain, and this code is in a bundle among its mapped files.
        let maps = (try? FileContents.readText("/proc/self/maps", limit: 16 << 20)) ?? ""
        for line in maps.split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/") else { continue }
            let folder = FilePath(String(line[slash...])).parent
            if folder != folders.last { folders.append(folder) }
        }
        return folders
    }
}
