internal import CXGBoost

/// A growing set of trees.
///
/// The caller owns the loss: per round it reads the margins, and gives each row's first and second derivatives. If those
/// are multiples of one power of two, every sum in a histogram is exact, and the trees do not depend on the number of
/// threads; see ``exact(_:)``.
///
/// ```swift
/// let booster = try Booster(BoostingOptions(outputs: 1), matrices: [matrix], threads: 2)
/// for _ in 0..<100 {
///     let margins = try booster.margins(matrix)
///     try booster.grow(matrix, gradients: …, curvatures: …)
/// }
/// ```
public final class Booster {
    // Made in `init` and freed in `deinit`, and used by one thread at a time: the class is not Sendable.
    let handle: BoosterHandle
    let library: BoostingLibrary
    /// How many numbers are predicted per row.
    public let outputs: Int

    /// A booster without trees.
    ///
    /// - Parameter matrices: those whose margins are asked for after every round: they are kept up to date, not computed anew.
    public init(_ options: BoostingOptions, matrices: [BoostingMatrix], threads: Int) throws(BoostingError) {
        library = try BoostingLibrary.get()
        outputs = options.outputs
        handle = try Self.make(library, matrices)
        for (name, value) in options.settings(threads: threads) { try set(name, value) }
    }

    /// A booster out of ``model()``. Only bytes that come unchanged from there are safe: XGBoost checks little.
    public init(model: [UInt8], outputs: Int, threads: Int) throws(BoostingError) {
        library = try BoostingLibrary.get()
        self.outputs = outputs
        handle = try Self.make(library, [])
        // XGBoost reads the bytes during the call only.
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
        // XGBoost shares the matrices' data with them, so they may be freed in any order.
        try library.check(library.functions.booster_create?(handles, bst_ulong(handles.count), &created))
        guard let created else { throw BoostingError("XGBoost made no booster") }
        return created
    }

    private func set(_ name: String, _ value: String) throws(BoostingError) {
        try library.check(library.functions.booster_set?(handle, name, value))
    }

    /// Grows one tree per output.
    ///
    /// - Parameters:
    ///   - gradients: the loss's first derivatives by the margins: rows × outputs.
    ///   - curvatures: its second derivatives, not negative; a row whose derivatives are 0 takes no part.
    public func grow(
        _ matrix: BoostingMatrix, gradients: [Float], curvatures: [Float]
    ) throws(BoostingError) {
        precondition(
            gradients.count == matrix.rowCount * outputs && curvatures.count == gradients.count,
            "there are derivatives for every output of every row")
        var gradients = gradients
        var curvatures = curvatures
        // XGBoost takes pointers to mutable numbers, copies them, and keeps no pointer.
        try library.check(
            library.functions.booster_boost?(
                handle, matrix.handle, &gradients, &curvatures, bst_ulong(gradients.count)))
    }

    /// The sums of the trees' values: rows × outputs.
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
        else { throw BoostingError("XGBoost predicted another number of values than \(count)") }
        // The result lives until the next call, and has as many values as its shape says.
        return Array(UnsafeBufferPointer(start: values, count: count))
    }

    /// The same booster with its first rounds only.
    public func prefix(_ rounds: Int) throws(BoostingError) -> Booster {
        var created: BoosterHandle?
        try library.check(library.functions.booster_slice?(handle, 0, Int32(clamping: rounds), 1, &created))
        guard let created else { throw BoostingError("XGBoost made no booster") }
        return Booster(created, library, outputs: outputs)
    }

    /// How many rounds of trees there are.
    public var rounds: Int {
        var rounds: Int32 = 0
        _ = library.functions.booster_rounds?(handle, &rounds)
        return Int(rounds)
    }

    /// How many columns a matrix must have; 0 before the first tree.
    public var columnCount: Int {
        var count: bst_ulong = 0
        _ = library.functions.booster_features?(handle, &count)
        return Int(clamping: count)
    }

    /// The trees in XGBoost's own format, universal binary JSON; the same trees give the same bytes.
    public func model() throws(BoostingError) -> [UInt8] {
        var length: bst_ulong = 0
        var bytes: UnsafePointer<CChar>?
        try library.check(
            library.functions.booster_save?(handle, #"{"format":"ubj"}"#, &length, &bytes))
        guard let bytes else { throw BoostingError("XGBoost wrote no model") }
        // The result lives until the next call, and is `length` bytes long.
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(length)))
    }

    /// The nearest multiple of 2⁻²⁰, at most 8 in size: a sum of up to 2³⁰ such numbers is exact in double precision,
    /// whatever its order.
    public static func exact(_ value: Double) -> Float {
        let unit = 1_048_576.0
        return Float((max(-8, min(8, value)) * unit).rounded(.toNearestOrEven) / unit)
    }
}

@available(*, unavailable) extension Booster: Sendable {}
