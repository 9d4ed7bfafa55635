extension ProcessorOperations {
    /// Overwrites the gradients of queries, keys and values. Weights are recomputed from scores and sums.
    public func attendBackward(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan],
        output: Matrix, logarithms: Matrix, _ dOutput: Matrix, dQueries: Matrix, dKeysValues: Matrix
    ) {
        Self.check(queries, keysValues, shape, spans)
        Self.check(output, keysValues, shape, spans)
        Self.check(dOutput, dKeysValues, shape, spans)
        Self.check(dQueries, dKeysValues, shape, spans)
        precondition(output.rowCount == queries.rowCount && dOutput.rowCount == queries.rowCount)
        precondition(logarithms.rowCount == shape.headCount && logarithms.columnCount == queries.rowCount)
        // Blocks of the same sequence and head add to the same keys, so one thread processes them in order.
        team.perform(spans.count * shape.keyHeadCount) { task in
            let span = spans[task / shape.keyHeadCount]
            let pass = BackwardPass(
                shape: shape, product: product, span: span, keyHead: task % shape.keyHeadCount,
                queries: queries,
                keysValues: keysValues, output: output, logarithms: logarithms, dOutput: dOutput,
                dQueries: dQueries, dKeysValues: dKeysValues)
            pass.clear()
            for index in 0..<AttentionBlock.count(of: span) {
                pass.run(AttentionBlock(index, of: span, shape))
            }
        }
    }

    /// The backward pass for one sequence and key head.
    private struct BackwardPass {
        let shape: AttentionShape
        let product: MatrixProduct
        let span: AttentionSpan
        let keyHead: Int
        let queries: Matrix
        let keysValues: Matrix
        let output: Matrix
        let logarithms: Matrix
        let dOutput: Matrix
        let dQueries: Matrix
        let dKeysValues: Matrix

        private var keyColumn: Int { keyHead * shape.headSize }
        private var valueColumn: Int { shape.keyWidth + keyHead * shape.headSize }

        /// Sets the head's gradients to zero.
        func clear() {
            for row in span.keys {
                // The columns of both heads are within the row.
                let numbers = dKeysValues.base + row * dKeysValues.columnCount
                (numbers + keyColumn).update(repeating: 0, count: shape.headSize)
                (numbers + valueColumn).update(repeating: 0, count: shape.headSize)
            }
        }

        func run(_ block: AttentionBlock) {
            let size = shape.headSize
            let count = block.keys.count
            let packed = Matrix(rows: block.rowCount, columns: size)
            let above = Matrix(rows: block.rowCount, columns: size)
            let weights = Matrix(rows: block.rowCount, columns: count)
            let slopes = Matrix(rows: block.rowCount, columns: count)
            block.pack(queries, keyHead: keyHead, scale: shape.scale, into: packed)
            block.pack(dOutput, keyHead: keyHead, scale: 1, into: above)
            block.score(packed, keysValues, keyHead: keyHead, into: weights, by: product)
            block.score(above, keysValues, keyHead: keyHead, values: true, into: slopes, by: product)
            for row in 0..<block.rowCount { differentiate(row, of: block, above, weights, slopes) }

            // The block's keys are rows of these matrices, and the head's columns are within them.
            let width = keysValues.columnCount
            let offset = block.keys.lowerBound * width
            product.multiply(
                rows: count, columns: size, inner: block.rowCount,
                .init(weights.base, stride: count, transposed: true), .init(above.base, stride: size),
                keeping: 1,
                into: dKeysValues.base + offset + valueColumn, stride: width)
            product.multiply(
                rows: count, columns: size, inner: block.rowCount,
                .init(slopes.base, stride: count, transposed: true), .init(packed.base, stride: size),
                keeping: 1,
                into: dKeysValues.base + offset + keyColumn, stride: width)
            product.multiply(
                rows: block.rowCount, columns: size, inner: count, .init(slopes.base, stride: count),
                .init(keysValues.base + offset + keyColumn, stride: width), into: packed.base, stride: size)
            block.unpack(packed, keyHead: keyHead, scale: shape.scale, into: dQueries)
        }

        /// In one row, turns scores into weights, and gradients of weights into gradients of scores.
        ///
        /// With w = softmax(s): ds = w ∘ (dw − Σ w dw), and Σ w dw = output · dOutput. If s = c tanh(z / c), then dz =
        /// ds (1 − tanh²).
        private func differentiate(
            _ row: Int, of block: AttentionBlock, _ above: Matrix, _ weights: Matrix, _ slopes: Matrix
        ) {
            let size = shape.headSize
            let query = row % block.queries.count
            let queryRow = block.queries.lowerBound + query
            let head = keyHead * shape.group + row / block.queries.count
            let visible = block.visible(query)
            // Rows and columns are within the bounds verified by `check`.
            let logarithm = logarithms.base[head * logarithms.columnCount + queryRow]
            let result = UnsafePointer(output.base + queryRow * output.columnCount + head * size)
            let gradient = UnsafePointer(above.base + row * size)
            let mean = Reductions.sum(
                size, vector: { result.sixteen($0) * gradient.sixteen($0) },
                scalar: { result[$0] * gradient[$0] })
            let weight = weights.base + row * weights.columnCount
            let slope = slopes.base + row * slopes.columnCount
            if let cap = shape.cap {
                let inverse = 1 / cap
                for index in visible {
                    let tangent = Elementary.tangent(weight[index] * inverse)
                    let probability = Elementary.exponential(cap * tangent - logarithm)
                    weight[index] = probability
                    slope[index] = probability * (slope[index] - mean) * (1 - tangent * tangent)
                }
            } else {
                for index in visible {
                    let probability = Elementary.exponential(weight[index] - logarithm)
                    weight[index] = probability
                    slope[index] = probability * (slope[index] - mean)
                }
            }
            for numbers in [weight, slope] {
                numbers.update(repeating: 0, count: visible.lowerBound)
                (numbers + visible.upperBound).update(
                    repeating: 0, count: weights.columnCount - visible.upperBound)
            }
        }
    }
}
