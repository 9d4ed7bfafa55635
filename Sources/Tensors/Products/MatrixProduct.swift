internal import COpenBLAS
internal import Glibc

/// C ← α op(A) op(B) + β C on the calling thread, by oneDNN where it is installed, else by OpenBLAS.
///
/// oneDNN makes its code for the processor that it finds; Debian's OpenBLAS knows no newer one than of 2021, and then
/// uses half of its width. Both give equal bits for equal calls.
enum MatrixProduct: Sendable {
    /// `dnnl_sgemm`, and the function that sets its number of threads.
    case oneDNN(Multiply, SetThreads)
    case openBLAS(OpenBLAS)

    typealias Multiply =
        @convention(c) (
            CChar, CChar, Int, Int, Int, Float, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Float,
            UnsafeMutablePointer<Float>, Int
        ) -> CInt
    typealias SetThreads = @convention(c) (CInt) -> Void

    private static let shared = Result { () throws(TensorsError) in try MatrixProduct() }

    /// The library that multiplies here, loaded by the first call.
    static func loaded() throws(TensorsError) -> MatrixProduct { try shared.get() }

    private init() throws(TensorsError) {
        // Versions 2 and 3 have the same function; the library is never unloaded.
        for name in ["libdnnl.so.2", "libdnnl.so.3"] {
            guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL),
                let multiply = dlsym(library, "dnnl_sgemm"),
                let setThreads = dlsym(library, "omp_set_num_threads")
            else { continue }
            // dnnl.h and omp.h declare them with these types.
            self = .oneDNN(
                unsafeBitCast(multiply, to: Multiply.self), unsafeBitCast(setThreads, to: SetThreads.self))
            return
        }
        self = .openBLAS(try OpenBLAS.loaded())
    }

    /// The library's name.
    var library: String {
        switch self {
        case .oneDNN: "oneDNN"
        case .openBLAS: "OpenBLAS"
        }
    }

    /// A matrix in memory, row by row.
    struct Operand {
        let base: UnsafePointer<Float>
        let stride: Int
        let isTransposed: Bool

        /// A matrix whose rows are `stride` numbers apart.
        @inline(__always)
        init(_ base: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
            self.base = base
            self.stride = stride
            isTransposed = transposed
        }
    }

    /// C ← α op(A) op(B) + β C.
    ///
    /// - Parameters:
    ///   - rows: of op(A) and C.
    ///   - columns: of op(B) and C.
    ///   - inner: columns of op(A), rows of op(B).
    ///   - scale: α.
    ///   - beta: β.
    ///   - c: C, whose rows are `stride` numbers apart. It does not overlap A or B.
    @inline(__always)
    func multiply(
        rows: Int, columns: Int, inner: Int, scale: Float = 1, _ a: Operand, _ b: Operand,
        keeping beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        guard rows > 0 && columns > 0 else { return }
        switch self {
        case .oneDNN(let multiply, let setThreads):
            // A setting of each thread.
            setThreads(1)
            let status = multiply(
                CChar(a.isTransposed ? 84 : 78), CChar(b.isTransposed ? 84 : 78), rows, columns, inner,
                scale, a.base, a.stride, b.base, b.stride, beta, c, stride)
            precondition(status == 0, "oneDNN multiplies matrices whose sizes agree")
        case .openBLAS(let library):
            library.multiply(
                CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
                b.isTransposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), blasint(inner),
                scale, a.base, blasint(a.stride), b.base, blasint(b.stride), beta, c, blasint(stride))
        }
    }
}
