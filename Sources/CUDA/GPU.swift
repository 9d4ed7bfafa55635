internal import CCUDA
public import CUDAKernels
internal import Glibc

/// An NVIDIA GPU.
public final class GPU: Device, @unchecked Sendable {
    // One thread at a time uses it: see `Device`.

    /// Its description.
    public let processor: GraphicsProcessor
    private let driver: Driver
    private let compiler: Compiler
    private let products: ProductPlans
    private let context: sluice_handle?
    private let device: Int32
    private let stream: sluice_handle?
    private let pool: sluice_handle?
    private let workspace: UInt64
    private var modules: [KernelSource: sluice_handle] = [:]
    /// The loaded kernels, and the bytes of shared memory that each may use.
    private var functions: [String: (handle: sluice_handle, sharedBytes: Int)] = [:]

    /// Opens a GPU.
    ///
    /// - Parameter ordinal: its number among those that this process may use.
    /// - Throws: `DeviceError` if there is no such GPU, it is too old, or a library is missing.
    public init(_ ordinal: Int = 0) throws(DeviceError) {
        let driver = try Driver.shared.get()
        let count = try driver.deviceCount()
        guard ordinal < count else {
            throw DeviceError(
                count == 0
                    ? "this process may not use any GPU: `sluice devices` lists those of the machine. To compute on the processor, remove `gpus` from the stage's resources."
                    : "there is no GPU \(ordinal): there are \(count).")
        }
        let processor = try driver.description(of: ordinal)
        guard processor.isSupported else {
            throw DeviceError(
                "\(processor.name) has compute capability \(processor.major).\(processor.minor), but BF16 needs 8.0 or newer. To compute on the processor, remove `gpus` from the stage's resources."
            )
        }
        self.driver = driver
        self.processor = processor
        compiler = try Compiler.shared.get()
        let library = try ProductLibrary.shared.get()
        var device: Int32 = 0
        try driver.check(driver.functions.device(&device, Int32(ordinal)), "opening \(processor.name)")
        self.device = device
        var context: sluice_handle?
        try driver.check(driver.functions.context_retain(&context, device), "opening \(processor.name)")
        self.context = context
        try driver.check(driver.functions.context_use(context), "opening \(processor.name)")
        var stream: sluice_handle?
        // CU_STREAM_NON_BLOCKING.
        try driver.check(driver.functions.stream_create(&stream, 1), "opening \(processor.name)")
        self.stream = stream
        var pool: sluice_handle?
        try driver.check(driver.functions.default_pool(&pool, device), "opening \(processor.name)")
        self.pool = pool
        // CU_MEMPOOL_ATTR_RELEASE_THRESHOLD: released memory stays in the pool.
        var threshold = UInt64.max
        try driver.check(driver.functions.pool_set(pool, 4, &threshold), "opening \(processor.name)")
        products = try ProductPlans(library)
        var workspace: UInt64 = 0
        try driver.check(
            driver.functions.allocate(&workspace, ProductPlans.workspaceBytes, stream), "allocating workspace"
        )
        self.workspace = workspace
    }

    deinit {
        _ = driver.functions.context_use(context)
        _ = driver.functions.stream_wait(stream)
        _ = driver.functions.release(workspace, stream)
        _ = driver.functions.stream_destroy(stream)
        _ = driver.functions.context_release(device)
    }

    /// Its name.
    public var name: String { processor.name }

    private func check(_ code: Int32, _ what: @autoclosure () -> String) throws(DeviceError) {
        try driver.check(code, "\(name): \(what())")
    }

    /// Makes it the current GPU of this thread.
    private func use() throws(DeviceError) {
        try check(driver.functions.context_use(context), "opening it")
    }

    /// The number of bytes that can currently be allocated, including those of the pool, and the total number.
    public func memory() throws(DeviceError) -> (free: Int, total: Int) {
        try use()
        var free = 0
        var total = 0
        try check(driver.functions.memory_info(&free, &total), "asking for its memory")
        // CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT and CU_MEMPOOL_ATTR_USED_MEM_CURRENT.
        return (free + (try pooled(5) - pooled(7)), total)
    }

    /// The peak number of allocated bytes.
    public func peakMemory() throws(DeviceError) -> Int {
        try use()
        // CU_MEMPOOL_ATTR_USED_MEM_HIGH.
        return try pooled(8)
    }

    private func pooled(_ attribute: Int32) throws(DeviceError) -> Int {
        var bytes: UInt64 = 0
        try check(driver.functions.pool_get(pool, attribute, &bytes), "asking for its memory")
        return Int(bytes)
    }

    /// Allocates memory with undefined content.
    public func allocate(_ bytes: Int) throws(DeviceError) -> UInt64 {
        try use()
        var address: UInt64 = 0
        var code = driver.functions.allocate(&address, max(bytes, 1), stream)
        if code == 2 {
            // Free memory may be fragmented: the pool returns it to the driver, which can combine its pages.
            _ = driver.functions.stream_wait(stream)
            _ = driver.functions.pool_trim(pool, 0)
            code = driver.functions.allocate(&address, max(bytes, 1), stream)
        }
        guard code == 0 else {
            let now = try? memory()
            try check(
                code,
                "allocating \(bytes >> 20) MiB, with \((now?.free ?? 0) >> 20) MiB of \((now?.total ?? 0) >> 20) MiB free,"
            )
            return 0
        }
        return address
    }

    /// Releases memory.
    public func release(_ address: UInt64) {
        guard address != 0, (try? use()) != nil else { return }
        // If it fails, an earlier call has failed, which `wait` reports.
        _ = driver.functions.release(address, stream)
    }

    /// Copies bytes to the device.
    public func upload(_ bytes: UnsafeRawBufferPointer, to address: UInt64) throws(DeviceError) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        try use()
        // From pageable memory, the driver has read all bytes when it returns.
        try check(driver.functions.upload(address, source, bytes.count, stream), "copying to it")
    }

    /// Copies bytes from the device, and waits until that is done.
    public func download(_ address: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(DeviceError) {
        guard let target = bytes.baseAddress, bytes.count > 0 else { return try wait() }
        try use()
        try check(driver.functions.download(target, address, bytes.count, stream), "copying from it")
        try wait()
    }

    /// Copies bytes within the device.
    public func copy(_ source: UInt64, to target: UInt64, bytes: Int) throws(DeviceError) {
        guard bytes > 0 else { return }
        try use()
        try check(driver.functions.copy(target, source, bytes, stream), "copying within it")
    }

    /// Sets bytes to zero.
    public func clear(_ address: UInt64, bytes: Int) throws(DeviceError) {
        guard bytes > 0 else { return }
        try use()
        try check(driver.functions.fill(address, 0, bytes, stream), "clearing memory")
    }

    /// Multiplies matrices.
    public func multiply(_ product: DeviceProduct) throws(DeviceError) {
        try use()
        try products.multiply(product, workspace: workspace, stream: stream)
    }

    /// Waits until everything is done.
    public func wait() throws(DeviceError) {
        try use()
        try check(driver.functions.stream_wait(stream), "computing")
    }

    /// Starts a kernel.
    public func launch(_ launch: KernelLaunch) throws(DeviceError) {
        guard !launch.isEmpty else { return }
        try use()
        let function = try function(launch)
        // Every argument takes at most 8 bytes; the driver reads as many as the kernel's parameter has.
        var values = launch.arguments.map(\.pattern)
        let code = values.withUnsafeMutableBufferPointer { values in
            var pointers: [UnsafeMutableRawPointer?] = values.indices.map { index in
                values.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
            }
            return driver.functions.launch(
                function, UInt32(launch.grid.x), UInt32(launch.grid.y), UInt32(launch.grid.z),
                UInt32(launch.block),
                1, 1, UInt32(launch.sharedBytes), stream, &pointers, nil)
        }
        try check(code, "starting the kernel \(launch.name)")
    }

    private func function(_ launch: KernelLaunch) throws(DeviceError) -> sluice_handle? {
        if let known = functions[launch.name], known.sharedBytes >= launch.sharedBytes { return known.handle }
        var function: sluice_handle?
        let module = try module(launch.source)
        try check(
            driver.functions.module_function(&function, module, launch.name),
            "finding the kernel \(launch.name)")
        let sharedBytes = max(launch.sharedBytes, 48 << 10)
        if launch.sharedBytes > 48 << 10 {
            // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.
            try check(
                driver.functions.function_set(function, 8, Int32(sharedBytes)),
                "giving the kernel \(launch.name) \(sharedBytes) bytes of shared memory")
        }
        if let function { functions[launch.name] = (function, sharedBytes) }
        return function
    }

    private func module(_ source: KernelSource) throws(DeviceError) -> sluice_handle? {
        if let known = modules[source] { return known }
        let binary = try compiler.cachedBinary(source, architecture: processor.architecture)
        var module: sluice_handle?
        try check(driver.functions.module_load(&module, binary), "loading \(source.rawValue).cu")
        modules[source] = module
        return module
    }
}

extension KernelArgument {
    /// Its bytes, lowest first, as a kernel reads them.
    package var pattern: UInt64 {
        switch self {
        case .address(let value), .bits(let value): value
        case .int(let value): UInt64(UInt32(bitPattern: value))
        case .float(let value): UInt64(value.bitPattern)
        case .double(let value): value.bitPattern
        }
    }
}
