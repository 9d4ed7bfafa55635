/// The fused operations on the CPU.
public struct ProcessorOperations: FusedOperations {
    let team: ThreadTeam
    let product: MatrixProduct

    /// Operations on a number of threads, which does not affect the results.
    ///
    /// - Throws: `TensorsError` if no library for matrix products can be loaded.
    public init(threads: Int) throws(TensorsError) {
        team = ThreadTeam(threads: max(threads, 1))
        product = try MatrixProduct.loaded()
    }

    /// The name of the library for matrix products.
    public var productLibrary: String { product.library }
}
