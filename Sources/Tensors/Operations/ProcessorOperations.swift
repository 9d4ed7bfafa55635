/// The fused operations on this machine's processor.
public struct ProcessorOperations: FusedOperations {
    let team: ThreadTeam
    let product: MatrixProduct

    /// Operations on a number of threads, on which results do not depend.
    ///
    /// - Throws: `TensorsError` if no library that multiplies matrices can be loaded.
    public init(threads: Int) throws(TensorsError) {
        team = ThreadTeam(threads: max(threads, 1))
        product = try MatrixProduct.loaded()
    }

    /// The name of the library that multiplies matrices.
    public var productLibrary: String { product.library }
}
