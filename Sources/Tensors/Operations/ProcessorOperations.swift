/// The fused operations on the CPU.
public struct ProcessorOperations: FusedOperations {
    let team: ThreadTeam
    let product: MatrixProduct
    /// For large products with weights, if their factors are to be rounded.
    let brainProduct: BFloat16Product?

    /// What the factors of large products with weights are rounded to; sums are in single precision.
    public enum ProductPrecision: String, Sendable, Hashable, CaseIterable {
        /// Not at all.
        case float32
        /// To 8 bits of precision, which is several times as fast on processors that have instructions for it.
        case bfloat16
    }

    /// Operations on a number of threads, which does not affect the results.
    ///
    /// - Throws: `TensorsError` if no library for matrix products can be loaded, or the processor has no such products.
    public init(threads: Int, products: ProductPrecision = .float32) throws(TensorsError) {
        team = ThreadTeam(threads: max(threads, 1))
        product = try MatrixProduct.loaded()
        brainProduct = products == .bfloat16 ? try BFloat16Product.loaded() : nil
    }

    /// The name of the library for matrix products.
    public var productLibrary: String { product.library }
}

extension ProcessorOperations {
    /// The bytes that activations kept for backward passes may take.
    public var activationBytes: Int { 2 << 30 }

    /// The bytes of an element of any matrix.
    public var compactSize: Int { MemoryLayout<Float>.stride }

    /// A matrix with undefined elements.
    public func matrix(rows: Int, columns: Int, _ precision: MatrixPrecision) -> Matrix {
        Matrix(rows: rows, columns: columns)
    }

    /// A matrix of zeros.
    public func zeros(rows: Int, columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns, filledWith: 0)
    }

    /// A matrix of the given numbers, row by row.
    public func matrix(rows: Int, columns: Int, _ numbers: some Collection<Float>) -> Matrix {
        Matrix(rows: rows, columns: columns, numbers)
    }

    /// A copy.
    public func copy(_ x: Matrix) -> Matrix { x.copy() }

    /// The matrix itself: every matrix is in single precision.
    public func operand(_ x: Matrix) -> Matrix { x }

    /// The weight itself.
    public func weight(_ weight: WeightMatrix) -> WeightMatrix { weight }

    /// The matrix itself.
    public func fetch(_ x: Matrix) -> Matrix { x }
}
