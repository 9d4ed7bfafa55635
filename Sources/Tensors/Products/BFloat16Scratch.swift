/// Memory for bfloat16 numbers while a product needs them.
final class BFloat16Scratch: @unchecked Sendable {
    // Threads write to different parts, and nothing is read until all have finished.
    /// The first of as many elements as were asked for.
    let base: UnsafeMutablePointer<UInt16>
    private let memory: Matrix

    init(count: Int) {
        memory = Matrix(rows: 1, columns: (count + 1) / 2)
        // Two of them have the size of a single-precision number.
        base = UnsafeMutableRawPointer(memory.base).bindMemory(to: UInt16.self, capacity: max(count, 1))
    }

    deinit {
        // The pool hands the memory out as single-precision numbers again.
        UnsafeMutableRawPointer(base).bindMemory(to: Float.self, capacity: max(memory.count, 1))
    }

    /// Rounds numbers to nearest, ties to even; NaN stays NaN. `target` has room for them.
    static func round(_ source: UnsafePointer<Float>, _ count: Int, into target: UnsafeMutablePointer<UInt16>)
    {
        for index in 0..<count {
            let bits = source[index].bitPattern
            let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
            let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
            target[index] = UInt16(truncatingIfNeeded: isNaN ? bits >> 16 | 0x40 : rounded)
        }
    }
}

extension WeightMatrix {
    /// Whether the elements are stored as bfloat16.
    var isBFloat16: Bool {
        if case .compact(let compact) = storage { compact is BFloat16Matrix } else { false }
    }

    /// Calls `body` with some rows as bfloat16, rounded if they are in another format.
    func withBFloat16(rows: Range<Int>, _ body: (UnsafePointer<UInt16>) -> Void) {
        if case .compact(let compact) = storage, let matrix = compact as? BFloat16Matrix {
            return matrix.withBits(rows: rows, body)
        }
        let all = BFloat16Scratch(count: rows.count * columnCount)
        round(rows: rows, into: all.base)
        withExtendedLifetime(all) { body(all.base) }
    }

    /// Rounds some rows; `target` has room for them.
    func round(rows: Range<Int>, into target: UnsafeMutablePointer<UInt16>) {
        let count = rows.count * columnCount
        switch storage {
        case .float32(let matrix):
            // The rows exist, as callers have checked.
            BFloat16Scratch.round(matrix.base + rows.lowerBound * columnCount, count, into: target)
        case .compact(let compact):
            let numbers = Matrix(rows: rows.count, columns: columnCount)
            var span = UnsafeMutableBufferPointer(start: numbers.base, count: count).mutableSpan
            compact.dequantize(rows: rows, into: &span)
            BFloat16Scratch.round(numbers.base, count, into: target)
        }
    }
}
