internal import CCUDA
internal import Glibc

/// The functions of NVIDIA's driver.
struct Driver: Sendable {
    // Constant function pointers of a library that is never unloaded.
    let functions: sluice_cuda_driver

    /// The driver, or why it is not available; loaded by the first use.
    static let shared: Result<Driver, DeviceError> = load()

    private static func load() -> Result<Driver, DeviceError> {
        guard let library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "not found"
            return .failure(
                DeviceError(
                    "cannot load NVIDIA's driver (\(reason)). Run on a machine with an NVIDIA GPU and its driver, or "
                        + "compute on the processor: remove `gpus` from the stage's resources."))
        }
        var functions = sluice_cuda_driver()
        if let missing = sluice_cuda_load_driver(library, &functions) {
            return .failure(
                DeviceError(
                    "NVIDIA's driver lacks the function \(String(cString: missing)). Install a driver for CUDA 11.2 or newer."
                ))
        }
        let driver = Driver(functions: functions)
        do throws(DeviceError) {
            try driver.check(functions.`init`(0), "starting NVIDIA's driver")
        } catch {
            return .failure(error)
        }
        return .success(driver)
    }

    /// Throws if a result is an error.
    func check(_ code: Int32, _ what: @autoclosure () -> String) throws(DeviceError) {
        guard code != 0 else { return }
        var name: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        _ = functions.error_name(code, &name)
        _ = functions.error_text(code, &text)
        let label = name.map { String(cString: $0) } ?? "error \(code)"
        let reason = text.map { String(cString: $0) } ?? "unknown reason"
        throw DeviceError("\(what()) failed: \(reason) (\(label)).\(Self.remedy(code))")
    }

    private static func remedy(_ code: Int32) -> String {
        switch code {
        case 2: " Lower the number of tokens processed at a time, or use a GPU with more memory."
        case 3, 100, 101: " `sluice devices` lists the GPUs and libraries."
        case 209, 218, 222: " Update the driver, or install an older CUDA compiler."
        case 700, 715, 716, 719: " This is a bug in Sluice; please report it with this message."
        case 214, 220, 226: " The GPU reported a hardware fault; try another one."
        case 802, 999: " Restart the machine, or its NVIDIA services."
        default: ""
        }
    }

    /// The highest CUDA version that the driver supports: 1000 · major + 10 · minor.
    func version() throws(DeviceError) -> Int {
        var version: Int32 = 0
        try check(functions.driver_version(&version), "asking for the driver's version")
        return Int(version)
    }

    /// The number of GPUs that this process may use.
    func deviceCount() throws(DeviceError) -> Int {
        var count: Int32 = 0
        try check(functions.device_count(&count), "counting GPUs")
        return Int(count)
    }

    /// The description of a GPU.
    func description(of ordinal: Int) throws(DeviceError) -> GraphicsProcessor {
        var device: Int32 = 0
        try check(functions.device(&device, Int32(ordinal)), "opening GPU \(ordinal)")
        var name = [CChar](repeating: 0, count: 256)
        try check(functions.device_name(&name, Int32(name.count), device), "asking for a GPU's name")
        var bytes = 0
        try check(functions.device_memory(&bytes, device), "asking for a GPU's memory")
        func attribute(_ number: Int32) throws(DeviceError) -> Int {
            var value: Int32 = 0
            try check(functions.device_attribute(&value, number, device), "asking for a GPU's properties")
            return Int(value)
        }
        let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return GraphicsProcessor(
            ordinal: ordinal, name: String(decoding: text, as: UTF8.self), memory: bytes,
            major: try attribute(75), minor: try attribute(76), multiprocessors: try attribute(16))
    }
}

/// A GPU, as its driver describes it.
public struct GraphicsProcessor: Sendable, Hashable {
    /// Its number, from 0.
    public let ordinal: Int
    /// Its name.
    public let name: String
    /// The bytes of its memory.
    public let memory: Int
    /// Its compute capability, before the point.
    public let major: Int
    /// Its compute capability, after the point.
    public let minor: Int
    /// The number of its multiprocessors.
    public let multiprocessors: Int

    /// Whether it has tensor cores for BF16.
    public var isSupported: Bool { major >= 8 }
    /// The architecture's name for the compiler.
    var architecture: String { "sm_\(major)\(minor)" }
}
