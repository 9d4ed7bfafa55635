/// The fused operations on this machine's processor.
public struct ProcessorOperations: FusedOperations {
    let team: ThreadTeam

    /// Operations on so many threads. Results do not depend on it.
    public init(threads: Int) { team = ThreadTeam(threads: max(threads, 1)) }

    /// The library that multiplies matrices here.
    public static var productLibrary: String { MatrixProduct.library }
}
