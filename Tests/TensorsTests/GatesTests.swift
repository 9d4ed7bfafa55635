import Foundation
import Tensors
import Testing

@Suite struct GatesTests {
    private func naive(_ x: NaiveMatrix, _ activation: GateActivation) -> NaiveMatrix {
        let width = x.columnCount / 2
        return NaiveMatrix(rows: x.rowCount, columns: width) { row, column in
            let gate = x[row, column]
            let value =
                switch activation {
                case .gelu:
                    0.5 * gate
                        * (1
                            + Foundation.tanh(
                                (2 / Double.pi).squareRoot() * (gate + 0.044715 * gate * gate * gate)))
                case .silu: gate / (1 + Foundation.exp(-gate))
                }
            return value * x[row, width + column]
        }
    }

    @Test(arguments: [GateActivation.gelu, .silu])
    func gatesAndTheirGradientsMatchTheirDefinitions(_ activation: GateActivation) throws {
        let x = Matrix.random(19, 2 * 7, seed: 1, size: 4)
        let above = Matrix.random(19, 7, seed: 2)
        let exact = NaiveMatrix(x)
        let operations = try ProcessorOperations(threads: 2)
        #expect(difference(operations.gate(x, activation), naive(exact, activation)) < 1e-5)
        let expected = slopes(exact) { inner(naive($0, activation), NaiveMatrix(above)) }
        operations.gateBackward(x, activation, above)
        #expect(difference(x, expected) < 1e-4)
    }
}
