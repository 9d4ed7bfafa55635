internal import Glibc
internal import Synchronization

/// D ← A · op(B) on the calling thread, where A and B are bfloat16 and D and the sums are in single precision, by oneDNN.
///
/// Equal calls give equal bits. The code for a shape is generated for its first product, in about a millisecond, and kept.
final class BFloat16Product: Sendable {
    /// What the generated code depends on.
    struct Shape: Hashable {
        /// The rows of A and D.
        let rows: Int
        /// The columns of op(B) and D.
        let columns: Int
        /// The columns of A and the rows of op(B).
        let inner: Int
        /// The distance of A's rows in elements.
        let leftStride: Int
        /// The distance of B's rows in elements.
        let rightStride: Int
        /// Whether op(B) is Bᵀ.
        let isTransposed: Bool
    }

    /// The code for a shape, and the layouts of what it reads and writes. It is never released.
    private struct Code: @unchecked Sendable {
        // Nothing writes to what these point to, and the code uses the caller's memory, so threads can share it.
        let primitive: OpaquePointer
        let left, right, result, scratch: OneDNN.Layout
    }

    private let library: OneDNN
    private let codes = Mutex<[Shape: Code]>([:])

    private static let shared = Result { () throws(TensorsError) in try BFloat16Product() }

    /// The library, loaded by the first call.
    ///
    /// - Throws: if oneDNN 2 is not installed, or the processor has no instructions for bfloat16.
    static func loaded() throws(TensorsError) -> BFloat16Product { try shared.get() }

    private init() throws(TensorsError) { library = try OneDNN.loaded() }

    /// Multiplies; D's rows are `columns` elements apart.
    ///
    /// - Parameters:
    ///   - a: valid for `rows` rows of `inner` elements.
    ///   - b: valid for the rows of B.
    ///   - d: room for `rows` · `columns` elements, all of which are written.
    func multiply(
        _ shape: Shape, _ a: UnsafePointer<UInt16>, _ b: UnsafePointer<UInt16>,
        into d: UnsafeMutablePointer<Float>
    ) {
        let code = codes.withLock { codes in
            if let code = codes[shape] { return code }
            let code = make(shape)
            codes[shape] = code
            return code
        }
        // oneDNN takes mutable pointers, but only writes to the result and the scratch memory.
        library.execute(
            code.primitive,
            [
                (OneDNN.source, code.left, UnsafeMutableRawPointer(mutating: a)),
                (OneDNN.weights, code.right, UnsafeMutableRawPointer(mutating: b)),
                (OneDNN.destination, code.result, UnsafeMutableRawPointer(d)),
            ], scratch: code.scratch)
    }

    private func make(_ shape: Shape) -> Code {
        let left = library.layout(
            [shape.rows, shape.inner], OneDNN.bfloat16, strides: [shape.leftStride, 1])
        let right = library.layout(
            [shape.inner, shape.columns], OneDNN.bfloat16,
            strides: shape.isTransposed ? [1, shape.rightStride] : [shape.rightStride, 1])
        let result = library.layout(
            [shape.rows, shape.columns], OneDNN.float32, strides: [shape.columns, 1])
        let (primitive, scratch) = library.product(left, right, result)
        return Code(primitive: primitive, left: left, right: right, result: result, scratch: scratch)
    }
}
