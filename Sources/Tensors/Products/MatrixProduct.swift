internal import COpenBLAS
internal import Glibc

/// C ← α op(A) op(B) + β C on the calling thread, by oneDNN if it is installed, otherwise by OpenBLAS.
///
/// oneDNN generates code for the CPU it runs on; Debian's OpenBLAS knows no CPU newer than 2021, and falls back to half
/// the vector width. With both, equal calls give equal bits.
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

    /// The library for products, loaded by the first call.
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

    /// A row-major matrix in memory.
    struct Operand {
        let base: UnsafePointer<Float>
        let stride: Int
        let isTransposed: Bool

        /// A matrix whose rows start `stride` elements apart.
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
    /// - rows: the number of rows of op(A) and C.
    /// - columns: the number of columns of op(B) and C.
    /// - inner: the number of columns of op(A) and rows of op(B).
    /// - scale: α.
    /// - beta: β.
    /// - c: C, whose rows start `stride` elements apart. It must not overlap A or B.
    @inline(__always)
    func multiply(
        rows: Int, columns: Int, inner: Int, scale: Float = 1, _ a: Operand, _ b: Operand,
        keeping beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride: Int
    ) {
        guard rows > 0 && columns > 0 else { return }
        switch self {
        case .oneDNN(let multiply, let setThreads):
            // A per-thread setting.
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
