import Tensors

/// A matrix of double-precision numbers, for twins of kernels that are written as their definitions are.
struct NaiveMatrix {
    let rowCount: Int
    let columnCount: Int
    var numbers: [Double]

    init(rows: Int, columns: Int, _ number: (Int, Int) -> Double = { _, _ in 0 }) {
        rowCount = rows
        columnCount = columns
        numbers = (0..<rows * columns).map { number($0 / max(columns, 1), $0 % max(columns, 1)) }
    }

    init(_ matrix: Matrix) {
        let floats = matrix.numbers
        self.init(rows: matrix.rowCount, columns: matrix.columnCount) { row, column in
            Double(floats[row * matrix.columnCount + column])
        }
    }

    subscript(row: Int, column: Int) -> Double {
        get { numbers[row * columnCount + column] }
        set { numbers[row * columnCount + column] = newValue }
    }

    /// The same numbers in single precision.
    var matrix: Matrix { Matrix(rows: rowCount, columns: columnCount, numbers.map { Float($0) }) }
}

extension Matrix {
    /// Numbers within ±`size` that a seed decides.
    static func random(_ rows: Int, _ columns: Int, seed: UInt64, size: Double = 1) -> Matrix {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return Matrix(
            rows: rows, columns: columns,
            (0..<rows * columns).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float((Double(state >> 11) * 0x1p-52 - 1) * size)
            })
    }
}

/// The largest difference between a kernel's numbers and its twin's.
func difference(_ a: Matrix, _ b: NaiveMatrix) -> Double {
    precondition(a.rowCount == b.rowCount && a.columnCount == b.columnCount)
    return zip(a.numbers, b.numbers).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
}

/// The slope of a function of a matrix's numbers in each of them, by central differences.
func slopes(_ x: NaiveMatrix, step: Double = 1e-4, _ function: (NaiveMatrix) -> Double) -> NaiveMatrix {
    var result = x
    for index in x.numbers.indices {
        var up = x
        var down = x
        up.numbers[index] += step
        down.numbers[index] -= step
        result.numbers[index] = (function(up) - function(down)) / (2 * step)
    }
    return result
}

/// Σ aᵢ bᵢ.
func inner(_ a: NaiveMatrix, _ b: NaiveMatrix) -> Double {
    zip(a.numbers, b.numbers).reduce(0) { $0 + $1.0 * $1.1 }
}
