import Testing

@testable import CUDAKernels
@testable import Tensors

/// Attention, plain and with tiles for tensor cores, compared with the processor's.
struct AttentionKernelsTests {
    /// A layer and its sequences.
    struct Case: Sendable, CustomTestStringConvertible {
        var size: Int
        var heads = 2
        var keyHeads = 1
        var cap: Float?
        var window: Int?
        /// Each sequence's number of keys, and the places of its queries; nil for all.
        var sequences: [(keys: Int, places: [Int]?)]
        var usesTensorCores = true
        /// Rows before the first sequence and between sequences that belong to none.
        var gap = 0

        var testDescription: String {
            "\(usesTensorCores ? "tiles" : "plain") \(size), \(heads)/\(keyHeads) heads, "
                + "cap \(cap ?? 0), window \(window ?? 0), keys \(sequences.map(\.keys))"
        }

        var spans: [AttentionSpan] {
            var (query, key) = (gap, gap)
            return sequences.map { sequence in
                let places = sequence.places ?? Array(0..<sequence.keys)
                defer {
                    query += places.count + gap
                    key += sequence.keys + gap
                }
                return AttentionSpan(
                    queries: query..<query + places.count, keys: key..<key + sequence.keys, places: places)
            }
        }
    }

    static let cases = [
        // Plain kernels: heads of unusual widths, groups, caps, windows.
        Case(size: 8, heads: 4, keyHeads: 2, sequences: [(21, nil), (1, nil), (40, nil)]),
        Case(size: 80, cap: 3, window: 7, sequences: [(33, nil), (12, [11])], gap: 2),
        Case(size: 64, heads: 3, cap: 5, window: 30, sequences: [(50, nil)], usesTensorCores: false),
        // Tiles: shorter and longer than a tile, not multiples of anything.
        Case(size: 64, sequences: [(1, nil), (17, nil), (150, nil)], gap: 3),
        Case(size: 64, heads: 4, keyHeads: 2, cap: 4, sequences: [(131, nil)]),
        Case(size: 64, window: 20, sequences: [(200, nil)]),
        Case(size: 128, heads: 4, keyHeads: 2, sequences: [(140, nil), (64, nil)]),
        Case(size: 128, cap: 4, window: 50, sequences: [(135, nil)]),
        Case(size: 256, sequences: [(70, nil), (33, nil)], gap: 1),
        Case(size: 256, cap: 4, window: 33, sequences: [(97, nil)]),
        // Few queries: the last of each sequence, some in between, none.
        Case(size: 64, sequences: [(100, [99]), (70, []), (150, [3, 64, 149])]),
        Case(size: 128, cap: 4, window: 40, sequences: [(100, [99]), (90, [0, 89])]),
        Case(size: 256, sequences: [(65, [64]), (10, []), (80, [1, 40, 79])]),
    ]

    @Test(arguments: cases) func attention(at example: Case) throws {
        let operations = try ProcessorOperations(threads: 1)
        var random = Numbers(51)
        let spans = example.spans
        let shape = AttentionShape(
            headCount: example.heads, keyHeadCount: example.keyHeads, headSize: example.size,
            scale: 1 / Float(example.size).squareRoot(), cap: example.cap, window: example.window)
        let rows = (spans.last?.queries.upperBound ?? 0) + example.gap
        let keyRows = (spans.last?.keys.upperBound ?? 0) + example.gap
        let queries = random.numbers(rows, shape.queryWidth, .bfloat16, scale: 4)
        let keysValues = random.numbers(keyRows, 2 * shape.keyWidth, .bfloat16, scale: 2)
        let dOutput = random.numbers(rows, shape.queryWidth, .bfloat16)
        let plan = AttentionPlan(
            headCount: shape.headCount, keyHeadCount: shape.keyHeadCount, headSize: shape.headSize,
            scale: shape.scale, cap: shape.cap, window: shape.window,
            spans: spans.map { ($0.queries, $0.keys) }, queryRows: rows,
            usesTensorCores: example.usesTensorCores)
        let tables = HostMemory(plan.tables)
        var numbers = [Int32](repeating: 0, count: rows)
        for span in spans {
            for (row, place) in zip(span.queries, span.places) { numbers[row] = Int32(place) }
        }
        let places = HostMemory(numbers)

        // Rows outside of the sequences keep what they have.
        let output = HostNumbers([Float](repeating: 7, count: rows * shape.queryWidth), .bfloat16, rows: rows)
        let logarithms = HostNumbers(
            [Float](repeating: 7, count: rows * shape.headCount), .float32, rows: shape.headCount)
        run(
            .attend(
                plan, tables: tables.address, places: places.address, queries: queries.address,
                keysValues: keysValues.address, output: output.address, logarithms: logarithms.address),
            changing: [output.memory, logarithms.memory])
        let expected = operations.attend(queries.matrix, keysValues.matrix, shape, spans)
        let own = spans.flatMap { Array($0.queries) }
        compare(output, expected.output, own)
        for head in 0..<shape.headCount {
            for row in own {
                let place = head * rows + row
                #expect(abs(logarithms.numbers[place] - expected.logarithms.numbers[place]) < 1e-3)
            }
        }

        let dQueries = HostNumbers(
            [Float](repeating: 7, count: rows * shape.queryWidth), .bfloat16, rows: rows)
        let dKeysValues = HostNumbers(
            [Float](repeating: 7, count: keyRows * 2 * shape.keyWidth), .bfloat16, rows: keyRows)
        let deltas = HostMemory(bytes: rows * shape.headCount * 4)
        run(
            KernelLaunch.attendBackward(
                plan, tables: tables.address, places: places.address, queries: queries.address,
                keysValues: keysValues.address, output: output.address, logarithms: logarithms.address,
                dOutput: dOutput.address, dQueries: dQueries.address, dKeysValues: dKeysValues.address,
                deltas: deltas.address), changing: [dQueries.memory, dKeysValues.memory])
        let expectedQueries = Matrix(rows: rows, columns: shape.queryWidth, filledWith: 0)
        let expectedKeys = Matrix(rows: keyRows, columns: 2 * shape.keyWidth, filledWith: 0)
        operations.attendBackward(
            queries.matrix, keysValues.matrix, shape, spans, output: expected.output,
            logarithms: expected.logarithms, dOutput.matrix, dQueries: expectedQueries,
            dKeysValues: expectedKeys)
        compare(dQueries, expectedQueries, own)
        compare(dKeysValues, expectedKeys, spans.flatMap { Array($0.keys) })
    }

    /// Compares the sequences' rows; the others still have sevens.
    private func compare(_ numbers: HostNumbers, _ expected: Matrix, _ rows: [Int]) {
        let (all, columns) = (numbers.numbers, numbers.columns)
        let own = rows.flatMap { all[$0 * columns..<($0 + 1) * columns] }
        let others = rows.flatMap { expected[$0] }
        // Weights and their gradients are rounded to BF16 before they are multiplied.
        expectClose(own, others, 6e-2)
        let squares = zip(own, others).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(squares <= 6e-3 * 6e-3 * others.reduce(0) { $0 + $1 * $1 })
        for row in Set(0..<numbers.rows).subtracting(rows) {
            #expect(all[row * columns..<(row + 1) * columns].allSatisfy { $0 == 7 })
        }
    }

    /// Tiles fit into the shared memory of an A100's multiprocessor, and their numbers are whole warps' rows.
    @Test(arguments: [64, 128, 256]) func sharedMemory(size: Int) throws {
        let tiles = try #require(AttentionTiles.tensorCores(headSize: size))
        for bytes in [tiles.forwardBytes(size), tiles.queriesBytes(size), tiles.keysBytes(size)] {
            #expect(bytes <= 163 << 10)
        }
        #expect(tiles.queries % 64 == 0 && tiles.keys % 64 == 0)
    }

    /// The kernels' template arguments are the sizes that launches reckon with.
    @Test(arguments: [64, 128, 256]) func tileSizes(size: Int) throws {
        let tiles = try #require(AttentionTiles.tensorCores(headSize: size))
        let text = KernelSource.attentionTiles.text
        let parts = tiles.queries / 64
        #expect(
            text.contains(
                "DEFINE_SIZE(\(size), \(parts), \(tiles.passingKeys), \(parts), \(tiles.backwardKeys))"))
        #expect(
            text.contains("attend_backward_keys<\(size), \(tiles.keys / 64), 4, \(tiles.passingQueries)>"))
    }

    /// The blocks with most to do come first.
    @Test func order() {
        let plan = AttentionPlan(
            headCount: 2, keyHeadCount: 1, headSize: 64, scale: 1, cap: nil, window: nil,
            spans: [(0..<130, 0..<130), (130..<131, 130..<200)], queryRows: 131)
        #expect(
            plan.tables == [
                // Spans; queries; keys.
                0, 130, 0, 130, 130, 1, 130, 70,
                0, 128, 0, 64, 0, 0, 1, 0,
                0, 0, 1, 0, 0, 64, 1, 64, 0, 128,
            ])
    }
}
