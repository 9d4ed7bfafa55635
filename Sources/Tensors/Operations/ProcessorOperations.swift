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
