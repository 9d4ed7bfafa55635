internal import Glibc

extension ProcessorOperations {
    /// The output of attention and, for the backward pass, the logarithms of the softmax denominators.
    public func attend(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan]
    ) -> (output: Matrix, logarithms: Matrix) {
        Self.check(queries, keysValues, shape, spans)
        let output = Matrix(rows: queries.rowCount, columns: shape.queryWidth)
        let logarithms = Matrix(rows: shape.headCount, columns: queries.rowCount)
        let blocks = spans.flatMap { span in
            (0..<AttentionBlock.count(of: span)).map { AttentionBlock($0, of: span, shape) }
        }
        // The last blocks of a sequence attend to the most keys; the longest tasks come first.
        team.perform(blocks.count * shape.keyHeadCount) { task in
            let block = blocks[blocks.count - 1 - task / shape.keyHeadCount]
            attend(block, task % shape.keyHeadCount, queries, keysValues, output, logarithms)
        }
        return (output, logarithms)
    }

    private func attend(
        _ block: AttentionBlock, _ keyHead: Int, _ queries: Matrix, _ keysValues: Matrix, _ output: Matrix,
        _ logarithms: Matrix
    ) {
        let shape = block.shape
        let packed = Matrix(rows: block.rowCount, columns: shape.headSize)
        let scores = Matrix(rows: block.rowCount, columns: block.keys.count)
        block.pack(queries, keyHead: keyHead, scale: shape.scale, into: packed)
        block.score(packed, keysValues, keyHead: keyHead, into: scores, by: product)
        for row in 0..<block.rowCount {
            let query = row % block.queries.count
            let visible = block.visible(query)
            // A row of scores has a column per key, which includes the visible ones.
            let numbers = scores.base + row * scores.columnCount
            let (highest, sum) = Self.exponentiate(
                numbers + visible.lowerBound, visible.count, cap: shape.cap)
            numbers.update(repeating: 0, count: visible.lowerBound)
            (numbers + visible.upperBound).update(
                repeating: 0, count: scores.columnCount - visible.upperBound)
            let inverse = 1 / sum
            for index in visible { numbers[index] *= inverse }
            let head = keyHead * shape.group + row / block.queries.count
            logarithms.base[head * logarithms.columnCount + block.queries.lowerBound + query] =
                highest + Glibc.logf(sum)
        }
        // Weights · values, into the packed rows, which are no longer needed.
        product.multiply(
            rows: block.rowCount, columns: shape.headSize, inner: block.keys.count,
            .init(scores.base, stride: scores.columnCount),
            .init(
                keysValues.base + block.keys.lowerBound * keysValues.columnCount + shape.keyWidth
                    + keyHead * shape.headSize, stride: keysValues.columnCount),
            into: packed.base, stride: shape.headSize)
        block.unpack(packed, keyHead: keyHead, scale: 1, into: output)
    }

    /// Replaces scores by e^(score − maximum); returns the maximum and the sum.
    private static func exponentiate(
        _ scores: UnsafeMutablePointer<Float>, _ count: Int, cap: Float?
    ) -> (highest: Float, sum: Float) {
        if let cap {
            let inverse = 1 / cap
            for index in 0..<count { scores[index] = cap * Elementary.tangent(scores[index] * inverse) }
        }
        let highest = Reductions.maximum(UnsafePointer(scores), count)
        for index in 0..<count { scores[index] = Elementary.exponential(scores[index] - highest) }
        let sum = Reductions.sum(count, vector: { scores.sixteen($0) }, scalar: { scores[$0] })
        return (highest, sum)
    }

    static func check(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan]
    ) {
        precondition(queries.columnCount == shape.queryWidth, "the queries have the width of the heads")
        precondition(
            keysValues.columnCount == 2 * shape.keyWidth, "keys and values have the width of the heads")
        for span in spans {
            precondition(span.queries.upperBound <= queries.rowCount, "the queries exist")
            precondition(span.keys.upperBound <= keysValues.rowCount, "the keys exist")
        }
    }
}
