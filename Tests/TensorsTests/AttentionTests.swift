import Foundation
import Tensors
import Testing

@Suite struct AttentionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shape: AttentionShape
        /// Keys of each sequence, and the places of its queries; nil for all.
        let sequences: [(keys: Int, places: [Int]?)]
    }

    static let cases = [
        Case(
            testDescription: "one head",
            shape: AttentionShape(headCount: 1, keyHeadCount: 1, headSize: 2, scale: 0.7),
            sequences: [(5, nil)]),
        Case(
            testDescription: "groups, a cap and two sequences",
            shape: AttentionShape(headCount: 4, keyHeadCount: 2, headSize: 4, scale: 1, cap: 0.8),
            sequences: [(66, nil), (1, nil)]),
        Case(
            testDescription: "scores far below their cap",
            shape: AttentionShape(headCount: 2, keyHeadCount: 2, headSize: 2, scale: 0.5, cap: 30),
            sequences: [(20, nil)]),
        Case(
            testDescription: "a window within and across blocks",
            shape: AttentionShape(headCount: 2, keyHeadCount: 1, headSize: 2, scale: 1, cap: 2, window: 7),
            sequences: [(70, nil)]),
        Case(
            testDescription: "few queries, and a sequence without any",
            shape: AttentionShape(headCount: 2, keyHeadCount: 2, headSize: 2, scale: 2, window: 3),
            sequences: [(9, [2, 8]), (4, []), (6, [5])]),
    ]

    private func spans(_ sequences: [(keys: Int, places: [Int]?)]) -> [AttentionSpan] {
        var query = 0
        var key = 0
        return sequences.map { sequence in
            let places = sequence.places ?? Array(0..<sequence.keys)
            defer {
                query += places.count
                key += sequence.keys
            }
            return AttentionSpan(
                queries: query..<query + places.count, keys: key..<key + sequence.keys, places: places)
        }
    }

    /// softmax(cap(scale q kᵀ)) v over the keys that a query attends to, by the definition.
    private func naive(
        _ q: NaiveMatrix, _ kv: NaiveMatrix, _ shape: AttentionShape, _ spans: [AttentionSpan]
    ) -> NaiveMatrix {
        var output = NaiveMatrix(rows: q.rowCount, columns: shape.queryWidth)
        for span in spans {
            for (index, place) in span.places.enumerated() {
                for head in 0..<shape.headCount {
                    let keyHead = head * shape.keyHeadCount / shape.headCount
                    let seen = max(0, place + 1 - (shape.window ?? Int.max))...place
                    let weights = seen.map { key -> Double in
                        let score =
                            Double(shape.scale)
                            * (0..<shape.headSize).reduce(0) {
                                $0 + q[span.queries.lowerBound + index, head * shape.headSize + $1]
                                    * kv[span.keys.lowerBound + key, keyHead * shape.headSize + $1]
                            }
                        let capped =
                            shape.cap.map { Double($0) * Foundation.tanh(score / Double($0)) } ?? score
                        return Foundation.exp(capped)
                    }
                    let sum = weights.reduce(0, +)
                    for column in 0..<shape.headSize {
                        output[span.queries.lowerBound + index, head * shape.headSize + column] =
                            zip(seen, weights).reduce(0) {
                                $0 + $1.1 / sum
                                    * kv[
                                        span.keys.lowerBound + $1.0,
                                        shape.keyWidth + keyHead * shape.headSize + column]
                            }
                    }
                }
            }
        }
        return output
    }

    @Test(arguments: cases)
    func attentionMatchesItsDefinitionOnAnyNumberOfThreads(_ example: Case) throws {
        let spans = spans(example.sequences)
        let shape = example.shape
        let q = Matrix.random(spans.map(\.queries.count).reduce(0, +), shape.queryWidth, seed: 1, size: 2)
        let kv = Matrix.random(spans.map(\.keys.count).reduce(0, +), 2 * shape.keyWidth, seed: 2, size: 2)
        let (output, logarithms) = try ProcessorOperations(threads: 1).attend(q, kv, shape, spans)
        #expect(difference(output, naive(NaiveMatrix(q), NaiveMatrix(kv), shape, spans)) < 1e-5)
        let (other, otherLogarithms) = try ProcessorOperations(threads: 3).attend(q, kv, shape, spans)
        #expect(output.numbers == other.numbers && logarithms.numbers == otherLogarithms.numbers)
    }

    @Test(arguments: cases)
    func gradientsMatchNumericalOnes(_ example: Case) throws {
        // Slopes of the definition take long, so sequences are cut.
        let sequences = example.sequences.map { (keys: min($0.keys, 9), places: $0.places) }
        let spans = spans(sequences)
        let shape = example.shape
        let q = Matrix.random(spans.map(\.queries.count).reduce(0, +), shape.queryWidth, seed: 1)
        let kv = Matrix.random(spans.map(\.keys.count).reduce(0, +), 2 * shape.keyWidth, seed: 2)
        let above = Matrix.random(q.rowCount, shape.queryWidth, seed: 3)
        let (dq, dkv) = try backward(q, kv, shape, spans, above, threads: 2)
        let (exactQ, exactKV, exactAbove) = (NaiveMatrix(q), NaiveMatrix(kv), NaiveMatrix(above))
        #expect(
            difference(dq, slopes(exactQ) { inner(naive($0, exactKV, shape, spans), exactAbove) }) < 1e-4)
        #expect(
            difference(dkv, slopes(exactKV) { inner(naive(exactQ, $0, shape, spans), exactAbove) }) < 1e-4)
    }

    @Test(arguments: cases)
    func gradientsOfManyBlocksAreTheSumOverQueries(_ example: Case) throws {
        let spans = spans(example.sequences)
        let shape = example.shape
        let q = Matrix.random(spans.map(\.queries.count).reduce(0, +), shape.queryWidth, seed: 1)
        let kv = Matrix.random(spans.map(\.keys.count).reduce(0, +), 2 * shape.keyWidth, seed: 2)
        let above = Matrix.random(q.rowCount, shape.queryWidth, seed: 3)
        let (dq, dkv) = try backward(q, kv, shape, spans, above, threads: 1)
        let (otherQ, otherKV) = try backward(q, kv, shape, spans, above, threads: 2)
        #expect(dq.numbers == otherQ.numbers && dkv.numbers == otherKV.numbers)
        // The query's gradient alone, in a span of one query.
        var sum = NaiveMatrix(rows: kv.rowCount, columns: kv.columnCount)
        for span in spans {
            for (index, place) in span.places.enumerated() {
                let row = span.queries.lowerBound + index
                let single = AttentionSpan(queries: 0..<1, keys: span.keys, places: [place])
                let (one, keys) = try backward(
                    Matrix(rows: 1, columns: shape.queryWidth, q[row]), kv, shape, [single],
                    Matrix(rows: 1, columns: shape.queryWidth, above[row]), threads: 1)
                #expect(zip(one.numbers, dq[row]).allSatisfy { abs($0 - $1) < 1e-5 })
                for key in span.keys {
                    for (column, number) in keys[key].enumerated() { sum[key, column] += Double(number) }
                }
            }
        }
        #expect(difference(dkv, sum) < 1e-4)
    }

    private func backward(
        _ q: Matrix, _ kv: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan], _ above: Matrix,
        threads: Int
    ) throws -> (Matrix, Matrix) {
        let operations = try ProcessorOperations(threads: threads)
        let (output, logarithms) = operations.attend(q, kv, shape, spans)
        let dq = Matrix(rows: q.rowCount, columns: q.columnCount, filledWith: .nan)
        let dkv = Matrix(rows: kv.rowCount, columns: kv.columnCount, filledWith: .nan)
        operations.attendBackward(
            q, kv, shape, spans, output: output, logarithms: logarithms, above, dQueries: dq, dKeysValues: dkv
        )
        return (dq, dkv)
    }
}
