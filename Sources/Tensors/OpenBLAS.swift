internal import COpenBLAS
internal import Glibc

/// The functions of OpenBLAS that are used here, loaded when the first is called.
///
/// Loading OpenBLAS takes 2 ms and starts threads that keep the other cores busy for some 25 ms, and most commands
/// multiply nothing.
struct OpenBLAS: Sendable {
    typealias Dot =
        @convention(c) (
            blasint, UnsafePointer<Double>?, blasint, UnsafePointer<Double>?, blasint
        ) -> Double
    typealias Add =
        @convention(c) (
            blasint, Double, UnsafePointer<Double>?, blasint, UnsafeMutablePointer<Double>?, blasint
        ) -> Void
    typealias Scale = @convention(c) (blasint, Double, UnsafeMutablePointer<Double>?, blasint) -> Void
    typealias Multiply =
        @convention(c) (
            CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Float,
            UnsafePointer<Float>?, blasint, UnsafePointer<Float>?, blasint, Float,
            UnsafeMutablePointer<Float>?, blasint
        ) -> Void
    private typealias SetThreads = @convention(c) (CInt) -> Void

    /// `cblas_ddot`.
    let dot: Dot
    /// `cblas_daxpy`.
    let add: Add
    /// `cblas_dscal`.
    let scale: Scale

    /// `cblas_sgemm`.
    let multiply: Multiply

    /// The library, on one thread: the order of a sum must not depend on how many there are.
    static let shared = OpenBLAS()

    private init() {
        // The name with the version of its interface, which is what the package installs for running; never unloaded.
        guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "not found"
            fatalError("cannot load OpenBLAS (\(reason)). Run `make deps`, which installs it.")
        }
        func function<Function>(_ name: String, _ type: Function.Type) -> Function {
            guard let symbol = dlsym(library, name) else { fatalError("this OpenBLAS has no \(name)") }
            // cblas.h declares the functions with these types.
            return unsafeBitCast(symbol, to: type)
        }
        function("openblas_set_num_threads", SetThreads.self)(1)
        dot = function("cblas_ddot", Dot.self)
        add = function("cblas_daxpy", Add.self)
        scale = function("cblas_dscal", Scale.self)
        multiply = function("cblas_sgemm", Multiply.self)
    }
}
