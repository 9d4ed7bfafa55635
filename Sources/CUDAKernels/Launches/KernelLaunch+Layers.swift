/// The activation function of a gate.
public enum KernelActivation: String, Sendable, Hashable {
    case gelu, silu
}

extension KernelLaunch {
    /// y ← gain ∘ x / √(mean x² + ε), row by row, or y += that.
    public static func normalize(
        _ x: DeviceNumbers, gain: UInt64, epsilon: Float, adding: Bool, into y: DeviceNumbers, rows: Int,
        columns: Int
    ) -> KernelLaunch {
        KernelLaunch(
            "normalize_\(x.format.suffix)_\(y.format.suffix)", in: .norms, blocks: rows,
            threads: Geometry.threads(columns: columns),
            [
                x.argument, .address(gain), .float(epsilon), .int(adding ? 1 : 0), y.argument, .int(columns),
            ])
    }

    /// The gradient of x, set or added, and for each piece of rows the sums for the gain's gradient, if requested.
    public static func normalizeBackward(
        _ x: DeviceNumbers, gain: UInt64, epsilon: Float, _ dy: DeviceNumbers, adding: Bool,
        into dx: DeviceNumbers, gainSums: UInt64?, rows: Int, columns: Int
    ) -> KernelLaunch {
        let count = gainSums == nil ? 1 : 32
        return KernelLaunch(
            "normalize_backward_\(x.format.suffix)_\(dy.format.suffix)_\(dx.format.suffix)", in: .norms,
            blocks: Geometry.pieces(rows, of: count), threads: Geometry.threads(columns: columns),
            [
                x.argument, .address(gain), .float(epsilon), dy.argument, .int(adding ? 1 : 0), dx.argument,
                .address(gainSums ?? 0), .int(rows), .int(columns), .int(count),
            ])
    }

    /// A copy of x in which each of the first heads of each row is normalized separately, in BF16.
    public static func normalizeHeads(
        _ x: UInt64, into y: UInt64, rows: Int, width: Int, heads: Int, headSize: Int, gain: UInt64,
        epsilon: Float
    ) -> KernelLaunch {
        precondition(width % headSize == 0, "a row consists of whole heads")
        return KernelLaunch(
            "normalize_heads", in: .norms, blocks: Geometry.pieces(rows * (width / headSize), of: 8),
            threads: 256,
            [
                .address(x), .address(y), .int(rows), .int(width), .int(heads), .int(headSize),
                .address(gain),
                .float(epsilon),
            ])
    }

    /// Replaces the gradient of the output of `normalizeHeads` with that of its input; sums as in `normalizeBackward`.
    public static func normalizeHeadsBackward(
        _ x: UInt64, _ dy: UInt64, rows: Int, width: Int, heads: Int, headSize: Int, gain: UInt64,
        epsilon: Float, gainSums: UInt64?
    ) -> KernelLaunch {
        precondition(heads * headSize <= width && headSize <= 1_024, "the heads are within the row")
        return KernelLaunch(
            "normalize_heads_backward", in: .norms, blocks: pieces(rows: rows), threads: 256,
            sharedBytes: 8 * headSize * 4,
            [
                .address(x), .address(dy), .int(rows), .int(width), .int(heads), .int(headSize),
                .address(gain),
                .float(epsilon), .address(gainSums ?? 0),
            ])
    }

    /// Rotates the first heads of each row by the angles of its position, or back, in BF16.
    public static func rotate(
        _ x: UInt64, rows: Int, width: Int, heads: Int, headSize: Int, places: UInt64, angles: UInt64,
        back: Bool
    ) -> KernelLaunch {
        precondition(headSize % 2 == 0 && heads * headSize <= width, "the heads are within the row")
        let step = headSize % 16 == 0 && width % 8 == 0 ? 8 : 1
        return KernelLaunch(
            "rotate_bf16", in: .rotation,
            blocks: Geometry.blocks(count: rows * heads * (headSize / 2 / step), step: 1), threads: 256,
            [
                .address(x), .int(rows), .int(width), .int(heads), .int(headSize), .address(places),
                .address(angles), .int(back ? 1 : 0),
            ])
    }

    /// y ← activation(x[:, ..< width]) ∘ x[:, width...], in BF16.
    public static func gate(
        _ x: UInt64, activation: KernelActivation, into y: UInt64, rows: Int, width: Int
    ) -> KernelLaunch {
        KernelLaunch(
            "gate_\(activation.rawValue)", in: .gates, blocks: rows,
            threads: Geometry.threads(columns: width),
            [.address(x), .address(y), .int(width)])
    }

    /// Replaces x with its gradient.
    public static func gateBackward(
        _ x: UInt64, activation: KernelActivation, _ dy: UInt64, rows: Int, width: Int
    ) -> KernelLaunch {
        KernelLaunch(
            "gate_backward_\(activation.rawValue)", in: .gates, blocks: rows,
            threads: Geometry.threads(columns: width), [.address(x), .address(dy), .int(width)])
    }
}
