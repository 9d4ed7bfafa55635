internal import CXGBoost

/// A matrix in XGBoost's own format.
///
/// NaN stands for a missing number. The values are copied.
public final class BoostingMatrix {
    /// The number of rows.
    public let rowCount: Int
    /// The number of columns.
    public let columnCount: Int
    // Created in `init`, freed in `deinit`, and used by one thread at a time: the class is not Sendable.
    let handle: DMatrixHandle
    private let library: BoostingLibrary

    /// A matrix from its values, row by row.
    ///
    /// - Parameters:
    /// - values: rows × columns numbers.
    /// - columns: the number of columns, at least 1.
    public init(_ values: [Float], columns: Int) throws(BoostingError) {
        precondition(columns > 0 && values.count % columns == 0, "the rows are equally long")
        library = try BoostingLibrary.get()
        rowCount = values.count / columns
        columnCount = columns
        guard rowCount > 0 else { throw BoostingError("a matrix needs a row") }
        var created: DMatrixHandle?
        // XGBoost reads rows × columns values, and keeps no pointer to them.
        try library.check(
            library.functions.matrix_create?(
                values, bst_ulong(rowCount), bst_ulong(columns), Float.nan, &created))
        guard let created else { throw BoostingError("XGBoost created no matrix") }
        handle = created
    }

    deinit { _ = library.functions.matrix_free?(handle) }
}

@available(*, unavailable) extension BoostingMatrix: Sendable {}
