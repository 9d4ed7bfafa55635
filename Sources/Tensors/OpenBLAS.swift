internal import COpenBLAS
internal import Glibc

/// The functions of OpenBLAS that are used here.
///
/// The library is loaded when it is first needed: loading takes 2 ms and starts threads that keep the other cores busy for
/// about 25 ms, and most commands multiply nothing.
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
    typealias Square =
        @convention(c) (
            CBLAS_ORDER, CBLAS_UPLO, CBLAS_TRANSPOSE, blasint, blasint, Double, UnsafePointer<Double>?,
            blasint, Double, UnsafeMutablePointer<Double>?, blasint
        ) -> Void
    /// The last two parameters are the lengths of the texts, as Fortran's compilers pass them.
    typealias Diagonalize =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<blasint>, UnsafeMutablePointer<Double>?,
            UnsafePointer<blasint>, UnsafeMutablePointer<Double>?, UnsafeMutablePointer<Double>?,
            UnsafePointer<blasint>, UnsafeMutablePointer<blasint>, Int, Int
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
    /// `cblas_dsyrk`.
    let square: Square
    /// LAPACK's `dsyev`.
    let diagonalize: Diagonalize

    private static let shared = Result { () throws(TensorsError) in try OpenBLAS(library: "libopenblas.so.0")
    }

    /// The library, loaded by the first call.
    static func loaded() throws(TensorsError) -> OpenBLAS { try shared.get() }

    /// Loads a library by its file name, which includes the version of its interface, and never unloads it.
    ///
    /// It computes on one thread, because the order of a sum must not depend on the number of threads.
    init(library name: String) throws(TensorsError) {
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "not found"
            throw TensorsError("cannot load OpenBLAS (\(reason)). Run `make deps`, or install libopenblas0.")
        }
        func function<Function>(_ name: String, _ type: Function.Type) throws(TensorsError) -> Function {
            guard let symbol = dlsym(library, name) else {
                throw TensorsError(
                    "OpenBLAS lacks the function \(name). Run `make deps`, or install libopenblas0.")
            }
            // cblas.h declares the functions with these types.
            return unsafeBitCast(symbol, to: type)
        }
        dot = try function("cblas_ddot", Dot.self)
        add = try function("cblas_daxpy", Add.self)
        scale = try function("cblas_dscal", Scale.self)
        multiply = try function("cblas_sgemm", Multiply.self)
        square = try function("cblas_dsyrk", Square.self)
        diagonalize = try function("dsyev_", Diagonalize.self)
        try function("openblas_set_num_threads", SetThreads.self)(1)
    }
}
