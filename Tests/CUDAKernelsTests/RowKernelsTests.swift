import Testing

@testable import CUDAKernels
@testable import Tensors

/// Kernels for rows, compared with the processor's operations.
struct RowKernelsTests {
    private let operations: ProcessorOperations
    /// Row lengths with and without whole groups of eight, and over a block's threads.
    private static let widths = [1, 24, 57, 2_104]

    init() throws { operations = try ProcessorOperations(threads: 1) }

    @Test(arguments: pairs) func conversions(from: NumberFormat, to: NumberFormat) {
        var random = Numbers(1)
        for count in Self.widths {
            let x = random.numbers(1, count, from)
            let y = HostNumbers(to, rows: 1, columns: count)
            run(.convert(x.device, to: y.device, count: count), changing: [y.memory])
            expectSame(y.numbers, HostNumbers(x.numbers, to, rows: 1).numbers)
        }
    }

    @Test(arguments: pairs) func sums(from: NumberFormat, to: NumberFormat) {
        var random = Numbers(2)
        for count in Self.widths {
            let y = random.numbers(1, count, from)
            let x = random.numbers(1, count, to)
            let expected = x.matrix
            operations.add(y.matrix, to: expected)
            run(.add(y.device, to: x.device, count: count), changing: [x.memory])
            expectSame(x.numbers, HostNumbers(expected.numbers, to, rows: 1).numbers)
        }
    }

    @Test func scaling() {
        var random = Numbers(3)
        let x = random.numbers(1, 777, .float32)
        let expected = x.numbers.map { $0 * 0.3 }
        run(.scale(x.address, by: 0.3, count: 777), changing: [x.memory])
        expectSame(x.numbers, expected)
    }

    @Test(arguments: pairs) func embeddings(from: NumberFormat, to: NumberFormat) {
        var random = Numbers(4)
        for columns in Self.widths {
            let weight = random.numbers(9, columns, from)
            let tokens = [3, 8, 3, 0]
            let y = HostNumbers(to, rows: 4, columns: columns)
            let indices = HostMemory(tokens.map { Int32($0) })
            run(
                .embed(
                    tokens: indices.address, weight: weight.device, scale: 1.7, into: y.device, rows: 4,
                    columns: columns), changing: [y.memory])
            let expected = operations.embed(tokens, WeightMatrix(weight.matrix), scale: 1.7)
            expectSame(y.numbers, HostNumbers(expected.numbers, to, rows: 4).numbers)
            run(
                .gather(weight.device, rows: indices.address, count: 4, into: y.device, columns: columns),
                changing: [y.memory])
            let gathered = operations.gather(weight.matrix, rows: tokens)
            expectSame(y.numbers, HostNumbers(gathered.numbers, to, rows: 4).numbers)
        }
    }

    @Test(arguments: pairs) func scattering(from: NumberFormat, to: NumberFormat) {
        var random = Numbers(5)
        for columns in Self.widths {
            // Three rows go to row 4, in their order.
            let targets = [4, 1, 4, 0, 4, 6]
            let y = random.numbers(6, columns, from)
            let x = random.numbers(7, columns, to)
            let expected = x.matrix
            operations.addEmbeddingGradient(y.matrix, targets, scale: 0.7, to: expected)
            let plan = ScatterPlan(targets: targets)
            #expect(plan.targets == [0, 1, 4, 6] && plan.order == [3, 1, 0, 2, 4, 5])
            let (order, starts, places) = (
                HostMemory(plan.order), HostMemory(plan.starts), HostMemory(plan.targets)
            )
            let addresses = ScatterPlanAddresses(
                order: order.address, starts: starts.address, targets: places.address,
                targetCount: plan.targetCount)
            run(
                .scatter(y.device, addresses, scale: 0.7, addingTo: x.device, columns: columns),
                changing: [x.memory])
            expectClose(x.numbers, expected.numbers, to.tolerance)
        }
    }

    @Test func prefixes() {
        var random = Numbers(6)
        for columns in Self.widths {
            let prefix = random.numbers(2, columns, .bfloat16)
            let x = random.numbers(7, columns, .bfloat16)
            let starts = [0, 3, 3, 7]
            let sources = HostMemory(KernelLaunch.prependSources(prefixRows: 2, starts: starts))
            let expected = operations.prepend(prefix.matrix, to: x.matrix, starts: starts)
            let y = HostNumbers(.bfloat16, rows: expected.rowCount, columns: columns)
            run(
                .prepend(
                    prefix: prefix.address, x: x.address, sources: sources.address, rows: expected.rowCount,
                    columns: columns, into: y.address), changing: [y.memory])
            expectSame(y.numbers, expected.numbers)
        }
    }

    @Test(arguments: NumberFormat.all) func biases(format: NumberFormat) {
        var random = Numbers(7)
        let bias = random.numbers(1, 40, .float32)
        let y = random.numbers(70, 100, format)
        let expected = y.matrix
        operations.addBias(bias.matrix, outputs: 0..<40, to: expected, column: 30)
        run(
            .addBias(bias.address, count: 40, to: y.device, rows: 70, width: 100, column: 30),
            changing: [y.memory])
        expectSame(y.numbers, HostNumbers(expected.numbers, format, rows: 70).numbers)

        let gradient = random.numbers(1, 40, .float32)
        let expectedGradient = gradient.matrix
        operations.addBiasGradient(y.matrix, column: 30, to: expectedGradient)
        let pieces = KernelLaunch.pieces(rows: 70)
        let sums = HostMemory(bytes: pieces * 40 * 4)
        run(
            .biasGradient(y.device, rows: 70, width: 100, column: 30, count: 40, sums: sums.address),
            .sumPieces(sums.address, pieces: pieces, count: 40, addingTo: gradient.address),
            changing: [gradient.memory])
        expectClose(gradient.numbers, expectedGradient.numbers, 2e-6)
    }

    @Test(arguments: pairs) func dropout(from: NumberFormat, to: NumberFormat) {
        var random = Numbers(8)
        let dropout = Dropout(probability: 0.3, key: 0x0123_4567_89AB_CDEF)
        let positions = [5, 0, 70_000]
        let places = HostMemory(positions.map { Int32($0) })
        for columns in Self.widths {
            let x = random.numbers(3, columns, from)
            let y = HostNumbers(to, rows: 3, columns: columns)
            run(
                .drop(
                    x.device, positions: places.address, probability: 0.3, key: dropout.key, into: y.device,
                    rows: 3,
                    columns: columns), changing: [y.memory])
            let expected = operations.drop(x.matrix, positions: positions, dropout)
            expectSame(y.numbers, HostNumbers(expected.numbers, to, rows: 3).numbers)

            let dx = random.numbers(3, columns, to)
            let expectedGradient = dx.matrix
            operations.dropBackward(x.matrix, positions: positions, dropout, addingTo: expectedGradient)
            run(
                .dropBackward(
                    x.device, positions: places.address, probability: 0.3, key: dropout.key,
                    addingTo: dx.device,
                    rows: 3, columns: columns), changing: [dx.memory])
            expectSame(dx.numbers, HostNumbers(expectedGradient.numbers, to, rows: 3).numbers)
        }
    }
}
