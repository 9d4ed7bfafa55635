import Testing

@testable import CUDAKernels
@testable import Tensors

/// Norms, rotations and gates, compared with the processor's operations.
struct LayerKernelsTests {
    private let operations: ProcessorOperations
    private let epsilon: Float = 1e-6

    init() throws { operations = try ProcessorOperations(threads: 1) }

    // Short rows, uneven ones, one that fills a thread's registers and one that goes beyond.
    private static let widths = [8, 57, 1_536, 1_100, 9_216]

    @Test(arguments: pairs) func norms(from: NumberFormat, to: NumberFormat) {
        var random = Numbers(11)
        for columns in Self.widths {
            let x = random.numbers(3, columns, from, scale: 3)
            let gain = random.numbers(1, columns, .float32, scale: 2)
            for adding in [false, true] {
                let y = random.numbers(3, columns, to)
                let expected = y.matrix
                operations.normalize(
                    x.matrix, gain: gain.matrix, epsilon: epsilon, adding: adding, into: expected)
                run(
                    .normalize(
                        x.device, gain: gain.address, epsilon: epsilon, adding: adding, into: y.device,
                        rows: 3,
                        columns: columns), changing: [y.memory])
                expectClose(y.numbers, expected.numbers, to.tolerance, "\(columns) columns")
            }
        }
    }

    @Test(arguments: pairs, NumberFormat.all)
    func normGradients(formats: (NumberFormat, NumberFormat), to: NumberFormat) {
        var random = Numbers(12)
        for columns in Self.widths {
            // Two pieces of rows.
            let rows = columns > 1_000 ? 3 : 35
            let x = random.numbers(rows, columns, formats.0, scale: 3)
            let gain = random.numbers(1, columns, .float32, scale: 2)
            let dy = random.numbers(rows, columns, formats.1)
            for (adding, hasGain) in [(false, false), (true, true)] {
                let dx = random.numbers(rows, columns, to)
                let gradient = random.numbers(1, columns, .float32)
                let expected = dx.matrix
                let expectedGradient = gradient.matrix
                operations.normalizeBackward(
                    x.matrix, gain: gain.matrix, epsilon: epsilon, dy.matrix, adding: adding, into: expected,
                    gainGradient: hasGain ? expectedGradient : nil)
                let pieces = KernelLaunch.pieces(rows: rows)
                let sums = HostMemory(bytes: pieces * columns * 4)
                let launch = KernelLaunch.normalizeBackward(
                    x.device, gain: gain.address, epsilon: epsilon, dy.device, adding: adding,
                    into: dx.device,
                    gainSums: hasGain ? sums.address : nil, rows: rows, columns: columns)
                let add = KernelLaunch.sumPieces(
                    sums.address, pieces: pieces, count: columns, addingTo: gradient.address)
                run(hasGain ? [launch, add] : [launch], changing: [dx.memory, gradient.memory])
                expectClose(
                    dx.numbers, expected.numbers, to == .float32 ? 1e-5 : 0x1p-8, "\(columns) columns")
                expectClose(gradient.numbers, expectedGradient.numbers, 1e-5)
            }
        }
    }

    @Test(arguments: [8, 64, 80, 256]) func headNorms(size: Int) {
        var random = Numbers(13)
        let (rows, heads, all) = (37, 3, 5)
        let x = random.numbers(rows, all * size, .bfloat16, scale: 3)
        let gain = random.numbers(1, size, .float32, scale: 2)
        let y = HostNumbers(.bfloat16, rows: rows, columns: all * size)
        run(
            .normalizeHeads(
                x.address, into: y.address, rows: rows, width: all * size, heads: heads, headSize: size,
                gain: gain.address, epsilon: epsilon), changing: [y.memory])
        let expected = operations.normalizeHeads(
            x.matrix, columns: 0..<heads * size, gain: gain.matrix, epsilon: epsilon)
        expectClose(y.numbers, expected.numbers, 0x1p-8)

        let dy = random.numbers(rows, all * size, .bfloat16)
        let gradient = random.numbers(1, size, .float32)
        let (expectedInput, expectedGradient) = (dy.matrix, gradient.matrix)
        operations.normalizeHeadsBackward(
            x.matrix, columns: 0..<heads * size, gain: gain.matrix, epsilon: epsilon, expectedInput,
            gainGradient: expectedGradient)
        let pieces = KernelLaunch.pieces(rows: rows)
        let sums = HostMemory(bytes: pieces * size * 4)
        func backward(_ sums: UInt64?) -> KernelLaunch {
            .normalizeHeadsBackward(
                x.address, dy.address, rows: rows, width: all * size, heads: heads, headSize: size,
                gain: gain.address, epsilon: epsilon, gainSums: sums)
        }
        let before = dy.memory.bytes
        run(backward(nil), changing: [dy.memory])
        expectClose(dy.numbers, expectedInput.numbers, 0x1p-8)
        dy.memory.bytes = before
        run(
            backward(sums.address),
            .sumPieces(sums.address, pieces: pieces, count: size, addingTo: gradient.address),
            changing: [dy.memory, gradient.memory])
        expectClose(dy.numbers, expectedInput.numbers, 0x1p-8)
        expectClose(gradient.numbers, expectedGradient.numbers, 1e-5)
    }

    @Test(arguments: [(8, 40), (64, 320), (64, 324), (256, 1_280)], [false, true])
    func rotations(shape: (size: Int, width: Int), back: Bool) {
        var random = Numbers(14)
        let places = [0, 5, 900]
        let angles = RotaryAngles(
            frequencies: (0..<shape.size / 2).map { 1 / Float($0 + 1) }, positions: 901)
        let x = random.numbers(3, shape.width, .bfloat16)
        let expected = x.matrix
        operations.rotate(expected, columns: 0..<3 * shape.size, rows: places, angles: angles, back: back)
        let table = HostMemory(angles.table.numbers)
        let rows = HostMemory(places.map { Int32($0) })
        run(
            .rotate(
                x.address, rows: 3, width: shape.width, heads: 3, headSize: shape.size, places: rows.address,
                angles: table.address, back: back), changing: [x.memory])
        expectClose(x.numbers, expected.numbers, 0x1p-8)
    }

    @Test(arguments: [GateActivation.gelu, .silu], [4, 57, 2_304])
    func gates(activation: GateActivation, width: Int) {
        var random = Numbers(15)
        let kernel: KernelActivation = activation == .gelu ? .gelu : .silu
        let x = random.numbers(3, 2 * width, .bfloat16, scale: 6)
        let y = HostNumbers(.bfloat16, rows: 3, columns: width)
        run(
            .gate(x.address, activation: kernel, into: y.address, rows: 3, width: width), changing: [y.memory]
        )
        expectClose(y.numbers, operations.gate(x.matrix, activation).numbers, 0x1p-8)

        let dy = random.numbers(3, width, .bfloat16)
        let expected = x.matrix
        operations.gateBackward(expected, activation, dy.matrix)
        run(
            .gateBackward(x.address, activation: kernel, dy.address, rows: 3, width: width),
            changing: [x.memory])
        expectClose(x.numbers, expected.numbers, 0x1p-8)
    }

    /// Far from zero, a gate is its input or nothing, and neither is anything but a number.
    @Test(arguments: [KernelActivation.gelu, .silu]) func largeGates(activation: KernelActivation) {
        let gates: [Float] = [-3e38, -1e4, -200, 200, 1e4, 3e38, 0, 1]
        let x = HostNumbers(gates + [Float](repeating: 0.5, count: 8), .bfloat16, rows: 1)
        let y = HostNumbers(.bfloat16, rows: 1, columns: 8)
        let activated = gates.map { $0 > 100 ? $0 : 0 }
        run(
            .gate(x.address, activation: activation, into: y.address, rows: 1, width: 8), changing: [y.memory]
        )
        let expected = HostNumbers(activated.map { $0 * 0.5 }, .bfloat16, rows: 1).numbers
        #expect(Array(y.numbers[0..<7]) == Array(expected[0..<7]))
    }
}
