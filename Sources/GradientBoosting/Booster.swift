internal import CXGBoost

/// A growing ensemble of trees.
///
/// The caller owns the loss: in each round it reads the margins, and supplies each row's gradient and Hessian. If these
/// are multiples of a power of two, every histogram sum is exact, and the trees do not depend on the number of threads;
/// see ``exact(_:)``.
///
/// ```swift
/// let booster = try Booster(BoostingOptions(outputs: 1), matrices: [matrix], threads: 2)
/// for _ in 0..<100 {
///   let margins = try booster.margins(matrix)
///   try booster.grow(matrix, gradients: …, hessians: …)
/// }
/// ```
public final class Booster {
    // Created in `init`, freed in `deinit`, and used by one thread at a time: the class is not Sendable.
    let handle: BoosterHandle
    let library: BoostingLibrary
    /// The number of outputs per row.
    public let outputs: Int

    /// A booster without trees.
    ///
    /// - Parameter matrices: those whose margins are needed after every round; they are updated incrementally instead
    ///   of being recomputed.
    public init(_ options: BoostingOptions, matrices: [BoostingMatrix], threads: Int) throws(BoostingError) {
        library = try BoostingLibrary.get()
        outputs = options.outputs
        handle = try Self.make(library, matrices)
        for (name, value) in options.settings(threads: threads) { try set(name, value) }
    }

    /// A booster from the bytes of ``model()``. Only unmodified bytes are safe: XGBoost validates little.
    public init(model: [UInt8], outputs: Int, threads: Int) throws(BoostingError) {
        library = try BoostingLibrary.get()
        self.outputs = outputs
        handle = try Self.make(library, [])
        // XGBoost reads the bytes only during the call.
        try library.check(library.functions.booster_load?(handle, model, bst_ulong(model.count)))
        try set("nthread", String(threads))
    }

    private init(_ handle: BoosterHandle, _ library: BoostingLibrary, outputs: Int) {
        self.handle = handle
        self.library = library
        self.outputs = outputs
    }

    deinit { _ = library.functions.booster_free?(handle) }

    private static func make(
        _ library: BoostingLibrary, _ matrices: [BoostingMatrix]
    ) throws(BoostingError) -> BoosterHandle {
        var created: BoosterHandle?
        let handles = matrices.map { Optional($0.handle) }
        // XGBoost shares ownership of the matrices' data, so they may be freed in any order.
        try library.check(library.functions.booster_create?(handles, bst_ulong(handles.count), &created))
        guard let created else { throw BoostingError("XGBoost created no booster") }
        return created
    }

    private func set(_ name: String, _ value: String) throws(BoostingError) {
        try library.check(library.functions.booster_set?(handle, name, value))
    }

    /// Grows one tree per output.
    ///
    /// - Parameters:
    /// - gradients: the loss's first derivatives with respect to the margins: rows × outputs.
    /// - hessians: its second derivatives, not negative; rows for which both are 0 are ignored.
    public func grow(
        _ matrix: BoostingMatrix, gradients: [Float], hessians: [Float]
    ) throws(BoostingError) {
        precondition(
            gradients.count == matrix.rowCount * outputs && hessians.count == gradients.count,
            "every output of every row has derivatives")
        var gradients = gradients
        var hessians = hessians
        // XGBoost takes mutable pointers, copies the numbers, and keeps no pointer.
        try library.check(
            library.functions.booster_boost?(
                handle, matrix.handle, &gradients, &hessians, bst_ulong(gradients.count)))
    }

    /// The sums of the trees' outputs: rows × outputs.
    public func margins(_ matrix: BoostingMatrix) throws(BoostingError) -> [Float] {
        var shape: UnsafePointer<bst_ulong>?
        var dimensions: bst_ulong = 0
        var values: UnsafePointer<Float>?
        let request =
            #"{"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}"#
        try library.check(
            library.functions.booster_predict?(
                handle, matrix.handle, request, &shape, &dimensions, &values))
        let count = matrix.rowCount * outputs
        guard let shape, let values,
            (0..<Int(dimensions)).reduce(1, { $0 * Int(shape[$1]) }) == count
        else { throw BoostingError("XGBoost did not predict \(count) values") }
        // The result is valid until the next call, and has the size that its shape says.
        return Array(UnsafeBufferPointer(start: values, count: count))
    }

    /// A copy with only the first rounds.
    public func prefix(_ rounds: Int) throws(BoostingError) -> Booster {
        var created: BoosterHandle?
        try library.check(library.functions.booster_slice?(handle, 0, Int32(clamping: rounds), 1, &created))
        guard let created else { throw BoostingError("XGBoost created no booster") }
        return Booster(created, library, outputs: outputs)
    }

    /// The number of rounds.
    public var rounds: Int {
        var rounds: Int32 = 0
        _ = library.functions.booster_rounds?(handle, &rounds)
        return Int(rounds)
    }

    /// The number of columns that a matrix must have; 0 before the first tree.
    public var columnCount: Int {
        var count: bst_ulong = 0
        _ = library.functions.booster_features?(handle, &count)
        return Int(clamping: count)
    }

    /// The trees in XGBoost's own format, universal binary JSON; equal trees give equal bytes.
    public func model() throws(BoostingError) -> [UInt8] {
        var length: bst_ulong = 0
        var bytes: UnsafePointer<CChar>?
        try library.check(
            library.functions.booster_save?(handle, #"{"format":"ubj"}"#, &length, &bytes))
        guard let bytes else { throw BoostingError("XGBoost wrote no model") }
        // The result is valid until the next call, and is `length` bytes long.
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(length)))
    }

    /// The nearest multiple of 2⁻²⁰, at most 8 in magnitude: sums of up to 2³⁰ such numbers are exact in double
    /// precision, in any order.
    public static func exact(_ value: Double) -> Float {
        let unit = 1_048_576.0
        return Float((max(-8, min(8, value)) * unit).rounded(.toNearestOrEven) / unit)
    }
}

@available(*, unavailable) extension Booster: Sendable {}
