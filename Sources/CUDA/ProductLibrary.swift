internal import CCUDA
internal import CUDAKernels
internal import Glibc

/// The functions of NVIDIA's matrix library, cuBLASLt.
struct ProductLibrary: Sendable {
    // Constant function pointers of a library that is never unloaded.
    let functions: sluice_cuda_products
    let path: String

    private static let names = ["libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"]

    /// The library, or why it is not available; loaded by the first use.
    static let shared: Result<ProductLibrary, DeviceError> = load()

    /// Its version, such as 13.0.2.
    var version: String {
        let number = functions.version()
        return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }

    private static func load() -> Result<ProductLibrary, DeviceError> {
        switch LibraryPlaces.ofThisProcess.load(names) {
        case .failure(let error):
            return .failure(
                DeviceError(
                    "cannot load NVIDIA's matrix library cuBLASLt (\(error)). Run `make deps-cuda`, or install CUDA 12 "
                        + "or 13, or the Python package nvidia-cublas."))
        case .success(let (library, path)):
            var functions = sluice_cuda_products()
            if let missing = sluice_cuda_load_products(library, &functions) {
                return .failure(
                    DeviceError(
                        "\(path) lacks the function \(String(cString: missing)). Run `make deps-cuda` for another one."
                    ))
            }
            return .success(ProductLibrary(functions: functions, path: path))
        }
    }

    func check(_ code: Int32, _ what: @autoclosure () -> String) throws(DeviceError) {
        guard code != 0 else { return }
        let reason =
            switch code {
            case 1: "the library is not initialized"
            case 3: "out of memory"
            case 7: "an argument is invalid"
            case 8: "the GPU is too old"
            case 13: "the GPU failed; an earlier kernel may be the cause"
            case 15: "not supported"
            default: "error \(code)"
            }
        throw DeviceError("\(what()) failed: \(reason) (cuBLASLt \(version), \(path)).")
    }
}

/// Products on one stream, with the library's preferred algorithm for each shape.
final class ProductPlans {
    /// What a plan depends on.
    private struct Key: Hashable {
        let rows, columns, inner, aStride, bStride, resultStride: Int
        let aTransposed, bTransposed, isFull, adds: Bool
        let aAlignment, bAlignment, resultAlignment: UInt32
    }

    private struct Plan {
        let product, a, b, result: sluice_handle?
        let algorithm: sluice_product_algorithm
    }

    /// The bytes of workspace for an algorithm: NVIDIA's recommendation for its newest GPUs.
    static let workspaceBytes = 32 << 20
    /// More than the number of shapes in any run; when it is exceeded, all plans are dropped.
    private static let limit = 4_096

    private let library: ProductLibrary
    private let handle: sluice_handle?
    private var plans: [Key: Plan] = [:]

    init(_ library: ProductLibrary) throws(DeviceError) {
        self.library = library
        var handle: sluice_handle?
        try library.check(library.functions.create(&handle), "starting cuBLASLt")
        self.handle = handle
    }

    deinit {
        clear()
        _ = library.functions.destroy(handle)
    }

    private func clear() {
        for plan in plans.values { destroy(plan) }
        plans = [:]
    }

    private func destroy(_ plan: Plan) {
        _ = library.functions.product_destroy(plan.product)
        for layout in [plan.a, plan.b, plan.result] { _ = library.functions.layout_destroy(layout) }
    }

    /// Starts a product.
    func multiply(_ product: DeviceProduct, workspace: UInt64, stream: sluice_handle?) throws(DeviceError) {
        guard product.rows > 0, product.columns > 0 else { return }
        let key = Key(
            rows: product.rows, columns: product.columns, inner: product.inner, aStride: product.a.stride,
            bStride: product.b.stride, resultStride: product.resultStride,
            aTransposed: product.a.isTransposed,
            bTransposed: product.b.isTransposed, isFull: product.result.format == .float32,
            adds: product.adds,
            aAlignment: Self.alignment(product.a.address), bAlignment: Self.alignment(product.b.address),
            resultAlignment: Self.alignment(product.result.address))
        let plan = if let known = plans[key] { known } else { try make(key) }
        var algorithm = plan.algorithm
        var scale = product.scale
        var kept: Float = product.adds ? 1 : 0
        // The library is column-major, where a row-major matrix is its transpose: Dᵀ = op(B)ᵀ op(A)ᵀ.
        let code = library.functions.multiply(
            handle, plan.product, &scale, product.b.address, plan.a, product.a.address, plan.b, &kept,
            product.result.address, plan.result, product.result.address, plan.result, &algorithm, workspace,
            Self.workspaceBytes, stream)
        try library.check(code, "a product of \(key.rows) × \(key.inner) and \(key.inner) × \(key.columns)")
    }

    private static func alignment(_ address: UInt64) -> UInt32 {
        UInt32(1) << min(8, address.trailingZeroBitCount)
    }

    private func make(_ key: Key) throws(DeviceError) -> Plan {
        if plans.count >= Self.limit { clear() }
        let functions = library.functions
        let what = "preparing a product of \(key.rows) × \(key.inner) and \(key.inner) × \(key.columns)"
        var product: sluice_handle?
        // CUBLAS_COMPUTE_32F, CUDA_R_32F.
        try library.check(functions.product_create(&product, 68, 0), what)
        var isFirstTransposed: Int32 = key.bTransposed ? 1 : 0
        var isSecondTransposed: Int32 = key.aTransposed ? 1 : 0
        // CUBLASLT_MATMUL_DESC_TRANSA and _TRANSB.
        try library.check(functions.product_set(product, 3, &isFirstTransposed, 4), what)
        try library.check(functions.product_set(product, 4, &isSecondTransposed, 4), what)
        func layout(_ type: Int32, _ rows: Int, _ columns: Int, _ stride: Int) throws(DeviceError)
            -> sluice_handle?
        {
            var layout: sluice_handle?
            let code = functions.layout_create(&layout, type, UInt64(rows), UInt64(columns), Int64(stride))
            try library.check(code, what)
            return layout
        }
        // CUDA_R_16BF and CUDA_R_32F.
        let a = try layout(
            14, key.bTransposed ? key.inner : key.columns, key.bTransposed ? key.columns : key.inner,
            key.bStride)
        let b = try layout(
            14, key.aTransposed ? key.rows : key.inner, key.aTransposed ? key.inner : key.rows, key.aStride)
        let result = try layout(key.isFull ? 0 : 14, key.columns, key.rows, key.resultStride)
        var preference: sluice_handle?
        try library.check(functions.preference_create(&preference), what)
        defer { _ = functions.preference_destroy(preference) }
        var bytes = UInt64(Self.workspaceBytes)
        try library.check(functions.preference_set(preference, 1, &bytes, 8), what)
        for (attribute, alignment) in zip(
            [5, 6, 7, 8] as [Int32],
            [key.bAlignment, key.aAlignment, key.resultAlignment, key.resultAlignment])
        {
            var value = alignment
            try library.check(functions.preference_set(preference, attribute, &value, 4), what)
        }
        var choice = sluice_product_choice()
        var count: Int32 = 0
        try library.check(
            functions.choose(handle, product, a, b, result, result, preference, 1, &choice, &count), what)
        guard count > 0 else {
            throw DeviceError("\(what) failed: cuBLASLt \(library.version) has no algorithm for it.")
        }
        let plan = Plan(product: product, a: a, b: b, result: result, algorithm: choice.algorithm)
        plans[key] = plan
        return plan
    }
}
