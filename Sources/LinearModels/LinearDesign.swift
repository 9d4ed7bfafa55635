package import FeatureTables
import Parallelism
package import Tensors

/// The columns of a design matrix: terms of responses, terms of prompts, numeric features, the constant, and the features of
/// tables.
package struct DesignColumns: Sendable {
    /// The number of buckets of terms.
    package let buckets: Int
    private let tableCount: Int

    package init(bits: Int, tables: [RowFeatures.Widths]) {
        buckets = 1 << bits
        tableCount = TableScaling.columnCount(tables)
    }

    package var prompt: Int { buckets }
    package var odd: Int { 2 * buckets }
    package var even: Int { odd + Layout.oddCount }
    package var constant: Int { even + Layout.evenCount }
    package var tables: Int { constant + 1 }
    package var count: Int { tables + tableCount }
}

/// The features of rows as weighted by a model: for each feature, the part that changes sign when A and B are
/// exchanged, and the part that does not.
///
/// A response's term has A's value minus B's, and A's plus B's; a prompt's term has its value times the difference in
/// length of the responses, and its value; a numeric feature is either odd or even, and so is one of a table.
package struct LinearDesign: Sendable {
    package let matrix: SparsePairMatrix

    /// The number of rows.
    package var count: Int { matrix.rowCount }

    private static let blockRows = 512

    private init(_ matrix: SparsePairMatrix) { self.matrix = matrix }

    /// The design matrix of rows with given scaling.
    package init(
        _ features: ComparisonFeatures, _ scaling: FeatureScaling, tables: [RowFeatures] = [],
        _ tableScaling: TableScaling = .none, threads: Int
    ) throws {
        let columns = DesignColumns(bits: scaling.bits, tables: tableScaling.widths)
        let blocks = (features.count + Self.blockRows - 1) / Self.blockRows
        let parts = try Parallel.map(count: blocks, threads: threads) { block in
            var part = SparsePairMatrix(columnCount: columns.count)
            for row in (block * Self.blockRows)..<min(features.count, (block + 1) * Self.blockRows) {
                Self.append(row, features, scaling, columns, to: &part)
                tableScaling.append(tables, row, from: columns.tables, to: &part)
                part.endRow()
            }
            return part
        }
        var matrix = SparsePairMatrix(columnCount: columns.count)
        for part in parts { matrix.append(part) }
        self.matrix = matrix
    }

    /// The same rows with A and B exchanged.
    package var swapped: LinearDesign { LinearDesign(matrix.negatingFirst) }

    private static func append(
        _ row: Int, _ features: ComparisonFeatures, _ scaling: FeatureScaling, _ columns: DesignColumns,
        to matrix: inout SparsePairMatrix
    ) {
        let a = scaling.weighted(features.responseA, row)
        let b = scaling.weighted(features.responseB, row)
        var i = 0
        var j = 0
        while i < a.count || j < b.count {
            if j == b.count || i < a.count && a[i].bucket < b[j].bucket {
                matrix.append(SIMD2(a[i].value, a[i].value), column: Int(a[i].bucket))
                i += 1
            } else if i == a.count || b[j].bucket < a[i].bucket {
                matrix.append(SIMD2(-b[j].value, b[j].value), column: Int(b[j].bucket))
                j += 1
            } else {
                let pair = SIMD2(a[i].value - b[j].value, a[i].value + b[j].value)
                matrix.append(pair, column: Int(a[i].bucket))
                i += 1
                j += 1
            }
        }
        let numbers = Layout.outputs(features.dense, row, scaling)
        // The topic of a prompt determines how much people prefer length.
        let length = Float(numbers.odd[Layout.length])
        for term in scaling.weighted(features.prompt, row) {
            matrix.append(
                SIMD2(length * term.value, term.value), column: columns.prompt + Int(term.bucket))
        }
        for (index, value) in numbers.odd.enumerated() {
            matrix.append(SIMD2(Float(value), 0), column: columns.odd + index)
        }
        for (index, value) in numbers.even.enumerated() {
            matrix.append(SIMD2(0, Float(value)), column: columns.even + index)
        }
        matrix.append(SIMD2(0, 1), column: columns.constant)
    }
}
