/// The activation function of a gated feed-forward layer (Shazeer 2020).
public enum GateActivation: Sendable, Hashable {
    /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
    case gelu
    /// x / (1 + e⁻ˣ).
    case silu

    /// The function's value and derivative.
    @inline(__always)
    static func gelu(_ x: Float) -> (value: Float, slope: Float) {
        let root: Float = 0.797_884_56
        let square = x * x
        let tangent = Elementary.tangent(root * x * (1 + 0.044715 * square))
        let inner = root * (1 + 3 * 0.044715 * square)
        let half = 0.5 * (1 + tangent)
        return (x * half, half + 0.5 * x * (1 - tangent * tangent) * inner)
    }

    /// The function's value and derivative.
    @inline(__always)
    static func silu(_ x: Float) -> (value: Float, slope: Float) {
        let sigmoid = Elementary.sigmoid(x)
        return (x * sigmoid, sigmoid * (1 + x * (1 - sigmoid)))
    }
}

extension ProcessorOperations {
    private static let gateRows = 16

    /// activation(x[:, ..< F]) ∘ x[:, F...], where x is (T, 2 F).
    public func gate(_ x: Matrix, _ activation: GateActivation) -> Matrix {
        let y = Matrix(rows: x.rowCount, columns: x.columnCount / 2)
        switch activation {
        case .gelu: gate(x, y) { GateActivation.gelu($0).value }
        case .silu: gate(x, y) { GateActivation.silu($0).value }
        }
        return y
    }

    /// Replaces x with its gradient.
    public func gateBackward(_ x: Matrix, _ activation: GateActivation, _ dy: Matrix) {
        precondition(x.rowCount == dy.rowCount && x.columnCount == 2 * dy.columnCount, "the sizes agree")
        switch activation {
        case .gelu: gateBackward(x, dy) { GateActivation.gelu($0) }
        case .silu: gateBackward(x, dy) { GateActivation.silu($0) }
        }
    }

    @inline(__always)
    private func gate(_ x: Matrix, _ y: Matrix, _ function: (Float) -> Float) {
        let width = y.columnCount
        team.pieces(of: x.rowCount, size: Self.gateRows) { rows in
            for row in rows {
                // A row of x is twice as long as one of y.
                let gates = x.base + row * 2 * width
                let ups = gates + width
                let target = y.base + row * width
                for column in 0..<width { target[column] = function(gates[column]) * ups[column] }
            }
        }
    }

    @inline(__always)
    private func gateBackward(
        _ x: Matrix, _ dy: Matrix, _ function: (Float) -> (value: Float, slope: Float)
    ) {
        let width = dy.columnCount
        team.pieces(of: x.rowCount, size: Self.gateRows) { rows in
            for row in rows {
                // A row of x is twice as long as one of dy.
                let gates = x.base + row * 2 * width
                let ups = gates + width
                let above = dy.base + row * width
                for column in 0..<width {
                    let (value, slope) = function(gates[column])
                    let gradient = above[column]
                    gates[column] = gradient * ups[column] * slope
                    ups[column] = gradient * value
                }
            }
        }
    }
}
