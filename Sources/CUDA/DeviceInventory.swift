/// The devices to compute on, and the libraries that they need.
public struct DeviceInventory: Sendable {
    /// A library that a GPU needs.
    public struct Library: Sendable {
        /// Its name.
        public let name: String
        /// Its version and path, or why it cannot be used.
        public let found: Result<(version: String, path: String), DeviceError>
    }

    /// The GPUs, supported or not.
    public let processors: [GraphicsProcessor]
    /// The driver and the libraries.
    public let libraries: [Library]

    /// The inventory of this machine.
    public init() {
        var processors: [GraphicsProcessor] = []
        let driver: Result<(version: String, path: String), DeviceError>
        do throws(DeviceError) {
            let functions = try Driver.shared.get()
            let version = try functions.version()
            for ordinal in 0..<(try functions.deviceCount()) {
                processors.append(try functions.description(of: ordinal))
            }
            driver = .success(("CUDA \(version / 1_000).\(version % 1_000 / 10)", "libcuda.so.1"))
        } catch {
            driver = .failure(error)
        }
        self.processors = processors
        libraries = [
            Library(name: "driver", found: driver),
            Library(name: "NVRTC", found: Compiler.shared.map { ($0.version, $0.path) }),
            Library(name: "cuBLASLt", found: ProductLibrary.shared.map { ($0.version, $0.path) }),
        ]
    }

    /// Whether `device: cuda` works here.
    public var isUsable: Bool {
        processors.contains(where: \.isSupported)
            && libraries.allSatisfy { if case .success = $0.found { true } else { false } }
    }
}
