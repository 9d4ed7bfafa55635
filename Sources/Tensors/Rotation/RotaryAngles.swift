internal import Glibc

/// Cosines and sines of rotary position embeddings (Su et al. 2021).
public struct RotaryAngles: Sendable {
    /// The width of a head.
    public let headSize: Int
    /// The number of positions.
    package var positionCount: Int { table.rowCount }
    /// Per position, headSize / 2 cosines, then as many sines.
    package let table: Matrix

    /// The angles for positions 0 ..< `positions`.
    ///
    /// - Parameter frequencies: headSize / 2 frequencies, in radians per position.
    public init(frequencies: [Float], positions: Int) {
        let half = frequencies.count
        headSize = 2 * half
        table = Matrix(rows: positions, columns: 2 * half)
        for position in 0..<positions {
            for (index, frequency) in frequencies.enumerated() {
                // In single precision, as the models were trained.
                let angle = Double(Float(position) * frequency)
                table.base[position * 2 * half + index] = Float(Glibc.cos(angle))
                table.base[position * 2 * half + half + index] = Float(Glibc.sin(angle))
            }
        }
    }
}

extension ProcessorOperations {
    /// Rotates the pairs (i, i + headSize / 2) of each head by the angles of the row's position, or back.
    public func rotate(_ x: Matrix, columns: Range<Int>, rows: [Int], angles: RotaryAngles, back: Bool) {
        let size = angles.headSize
        let half = size / 2
        precondition(columns.lowerBound >= 0 && columns.upperBound <= x.columnCount, "the columns exist")
        precondition(columns.count % size == 0 && rows.count == x.rowCount, "the sizes agree")
        precondition(rows.allSatisfy { $0 >= 0 && $0 < angles.positionCount }, "the positions exist")
        let sign: Float = back ? -1 : 1
        team.pieces(of: x.rowCount, size: 32) { piece in
            for row in piece {
                let cosines = angles.table.base + rows[row] * size
                let sines = cosines + half
                var head = columns.lowerBound
                while head < columns.upperBound {
                    // The `size` elements of a head are within the row.
                    let low = x.base + row * x.columnCount + head
                    let high = low + half
                    for index in 0..<half {
                        let a = low[index]
                        let b = high[index]
                        let sine = sign * sines[index]
                        low[index] = a * cosines[index] - b * sine
                        high[index] = b * cosines[index] + a * sine
                    }
                    head += size
                }
            }
        }
    }
}
