internal import COpenBLAS

/// Operations on dense vectors, by OpenBLAS on one thread: equal inputs give equal bits.
public struct VectorOperations: Sendable {
    private let library: OpenBLAS

    /// Loads OpenBLAS, if it is not loaded yet.
    public init() throws(TensorsError) { library = try OpenBLAS.loaded() }

    /// Σ xᵢ yᵢ of two vectors of the same length. O(n).
    public func dot(_ x: [Double], _ y: [Double]) -> Double {
        precondition(x.count == y.count, "vectors are equally long")
        return x.withUnsafeBufferPointer { x in
            // Both buffers hold x.count numbers.
            y.withUnsafeBufferPointer { y in
                library.dot(blasint(x.count), x.baseAddress, 1, y.baseAddress, 1)
            }
        }
    }

    /// y ← a x + y for two vectors of the same length. O(n).
    public func add(_ a: Double, _ x: [Double], to y: inout [Double]) {
        precondition(x.count == y.count, "vectors are equally long")
        let count = x.count
        x.withUnsafeBufferPointer { x in
            // Both buffers hold `count` numbers, and they are distinct.
            y.withUnsafeMutableBufferPointer { y in
                library.add(blasint(count), a, x.baseAddress, 1, y.baseAddress, 1)
            }
        }
    }

    /// x ← a x. O(n).
    public func scale(_ x: inout [Double], by a: Double) {
        let count = x.count
        x.withUnsafeMutableBufferPointer { x in
            // The buffer holds `count` numbers.
            library.scale(blasint(count), a, x.baseAddress, 1)
        }
    }
}
