internal import CObjectStorage
internal import Files
internal import Glibc

/// The function table of `libArrowStorage.so`, loaded when the first bucket is opened, because only buckets need it.
struct StorageLibrary: Sendable {
    // Constant and never unloaded.
    nonisolated(unsafe) let functions: UnsafePointer<sluice_storage_functions>

    /// The library, or why it is not available.
    static let shared: Result<StorageLibrary, ObjectStorageError> = load()

    private static let name = "libArrowStorage.so"

    private static func load() -> Result<StorageLibrary, ObjectStorageError> {
        var reason = "not found"
        for folder in folders() {
            let path = folder.appending(name)
            guard FileSystem.exists(path) else { continue }
            guard let library = dlopen(path.text, RTLD_NOW | RTLD_LOCAL) else {
                reason = dlerror().map { String(cString: $0) } ?? reason
                continue
            }
            guard let symbol = dlsym(library, "sluice_object_storage") else {
                reason = "\(path) is a different library"
                continue
            }
            // CObjectStorage declares the symbol with this type.
            typealias Entry = @convention(c) () -> UnsafePointer<sluice_storage_functions>?
            guard let functions = unsafeBitCast(symbol, to: Entry.self)(),
                functions.pointee.version == SLUICE_OBJECT_STORAGE_VERSION
            else {
                reason = "\(path) has a different version"
                continue
            }
            return .success(StorageLibrary(functions: functions))
        }
        return .failure(
            ObjectStorageError(
                isDenied: false,
                message:
                    "cannot load Apache Arrow's file system for S3 (\(name): \(reason)). Run `make build`, which "
                    + "installs and builds it."))
    }

    /// Where to look: next to the running program, and next to the library that contains this code (in tests).
    private static func folders() -> [FilePath] {
        var folders: [FilePath] = []
        if let program = try? FileSystem.canonical("/proc/self/exe") { folders.append(program.parent) }
        let maps = (try? FileContents.readText("/proc/self/maps", limit: 16 << 20)) ?? ""
        for line in maps.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let slash = line.firstIndex(of: UInt8(ascii: "/")), let path = String(line[slash...]) else {
                continue
            }
            let folder = FilePath(path).parent
            if folder != folders.last { folders.append(folder) }
        }
        return folders
    }
}
