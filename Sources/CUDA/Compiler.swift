internal import CCUDA
internal import CUDAKernels
internal import Digests
internal import Files
internal import Glibc

/// NVIDIA's compiler at run time, NVRTC.
struct Compiler: Sendable {
    // Constant function pointers of a library that is never unloaded.
    private let functions: sluice_cuda_compiler
    /// The file it was loaded from.
    let path: String
    /// Its version, such as 13.0.
    let version: String

    private static let names = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"]
    private static let options = ["--std=c++17", "-default-device"]

    /// The compiler, or why it is not available; loaded by the first use.
    static let shared: Result<Compiler, DeviceError> = load()

    private static func load() -> Result<Compiler, DeviceError> {
        switch LibraryPlaces.ofThisProcess.load(names) {
        case .failure(let error):
            return .failure(
                DeviceError(
                    "cannot load NVIDIA's compiler NVRTC (\(error)). Run `make deps-cuda`, or install CUDA 12 or 13, or the "
                        + "Python package nvidia-cuda-nvrtc."))
        case .success(let (library, path)):
            var functions = sluice_cuda_compiler()
            if let missing = sluice_cuda_load_compiler(library, &functions) {
                return .failure(
                    DeviceError(
                        "\(path) lacks the function \(String(cString: missing)). Run `make deps-cuda` for another one."
                    ))
            }
            var major: Int32 = 0
            var minor: Int32 = 0
            _ = functions.version(&major, &minor)
            if path.utf8.contains(UInt8(ascii: "/")) {
                // NVRTC loads this library by name, and not every package makes it search its own folder. If the library is
                // already loaded, the name is enough.
                let builtins = FilePath(path).parent.appending("libnvrtc-builtins.so.\(major).\(minor)")
                _ = builtins.withCString { dlopen($0, RTLD_NOW | RTLD_LOCAL) }
            }
            return .success(Compiler(functions: functions, path: path, version: "\(major).\(minor)"))
        }
    }

    /// Machine code of a file of kernels.
    ///
    /// - Parameter architecture: such as `sm_90`.
    /// - Throws: `DeviceError` with the compiler's messages.
    func binary(_ source: KernelSource, architecture: String) throws(DeviceError) -> [UInt8] {
        var program: sluice_handle?
        try check(
            functions.create(&program, source.text, source.rawValue + ".cu", 0, nil, nil),
            "reading \(source.rawValue).cu")
        defer { _ = functions.destroy(&program) }
        let texts = ["--gpu-architecture=" + architecture] + Self.options
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let code = functions.compile(program, Int32(copies.count), copies.map { UnsafePointer($0) })
        guard code == 0 else {
            var size = 0
            var text: [CChar] = []
            if functions.log_size(program, &size) == 0, size > 0, size < 1 << 24 {
                text = Array(repeating: 0, count: size)
                _ = functions.log(program, &text)
            }
            let log = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw DeviceError(
                "NVRTC \(version) cannot compile \(source.rawValue).cu for \(architecture): \(log.isEmpty ? reason(code) : log)"
            )
        }
        var size = 0
        try check(functions.binary_size(program, &size), "compiling \(source.rawValue).cu")
        var bytes = [CChar](repeating: 0, count: size)
        try check(functions.binary(program, &bytes), "compiling \(source.rawValue).cu")
        return bytes.map { UInt8(bitPattern: $0) }
    }

    /// The same, from a folder of earlier results if possible; if the result cannot be saved, it is compiled again next time.
    func cachedBinary(
        _ source: KernelSource, architecture: String, in cache: FilePath? = Compiler.cacheFolder
    ) throws(DeviceError) -> [UInt8] {
        guard let folder = cache else { return try binary(source, architecture: architecture) }
        // Everything that the result depends on.
        let identity = ([version, architecture] + Self.options + [source.text]).joined(separator: "\0")
        let name = SHA256.digest(of: Array(identity.utf8).span.bytes).hexadecimal
        let file = folder.appending(name + ".cubin")
        // The first 32 bytes are the digest of the rest, so that a truncated file is not used.
        if let kept = try? FileContents.read(file, limit: 1 << 28), kept.count > Digest.byteCount,
            SHA256.digest(of: Array(kept.dropFirst(Digest.byteCount)).span.bytes).bytes
                == Array(kept.prefix(Digest.byteCount))
        {
            return Array(kept.dropFirst(Digest.byteCount))
        }
        let bytes = try binary(source, architecture: architecture)
        let part = folder.appending("\(name).\(getpid()).part")
        do {
            try FileSystem.makeDirectories(folder)
            try FileContents.write(SHA256.digest(of: bytes.span.bytes).bytes + bytes, to: part)
            try FileSystem.rename(part, to: file)
        } catch {
            try? FileSystem.removeFile(part)
        }
        return bytes
    }

    /// The user's folder of compiled kernels.
    static var cacheFolder: FilePath? {
        KernelCache.folder { getenv($0).map { String(cString: $0) } }
    }

    private func check(_ code: Int32, _ what: @autoclosure () -> String) throws(DeviceError) {
        guard code != 0 else { return }
        throw DeviceError("\(what()) failed: \(reason(code)) (NVRTC \(version), \(path))")
    }

    private func reason(_ code: Int32) -> String {
        functions.error_text(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
