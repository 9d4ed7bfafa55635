/// Sums in a fixed order: sixteen partial sums, then their sum, then the remaining terms.
enum Reductions {
    /// Σ f(i) for i in 0 ..< count, where `vector` gives sixteen terms from an index and `scalar` gives one.
    @inline(__always)
    static func sum(
        _ count: Int, vector: (Int) -> SIMD16<Float>, scalar: (Int) -> Float
    ) -> Float {
        var sums = SIMD16<Float>.zero
        var index = 0
        while index + 16 <= count {
            sums += vector(index)
            index += 16
        }
        var total = folded(sums)
        while index < count {
            total += scalar(index)
            index += 1
        }
        return total
    }

    /// The largest of one or more numbers.
    @inline(__always)
    static func maximum(_ numbers: UnsafePointer<Float>, _ count: Int) -> Float {
        var highest = numbers[0]
        var index = 0
        if count >= 16 {
            var maxima = numbers.sixteen(0)
            while index + 16 <= count {
                let next = numbers.sixteen(index)
                maxima.replace(with: next, where: next .> maxima)
                index += 16
            }
            highest = maxima.max()
        }
        while index < count {
            if numbers[index] > highest { highest = numbers[index] }
            index += 1
        }
        return highest
    }

    @inline(__always)
    static func folded(_ sums: SIMD16<Float>) -> Float {
        let eight = sums.lowHalf + sums.highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }
}

extension UnsafePointer<Float> {
    /// Sixteen numbers from an index, all of which must exist.
    @inline(__always)
    func sixteen(_ index: Int) -> SIMD16<Float> {
        UnsafeRawPointer(self + index).loadUnaligned(as: SIMD16<Float>.self)
    }
}

extension UnsafeMutablePointer<Float> {
    /// Sixteen numbers from an index, all of which must exist.
    @inline(__always)
    func sixteen(_ index: Int) -> SIMD16<Float> {
        UnsafeRawPointer(self + index).loadUnaligned(as: SIMD16<Float>.self)
    }
}
