/// What a decoder is made of: a few operations, each a forward and a backward half, which a processor's or an accelerator's
/// backend implements. Backward halves add to gradients or overwrite them as `adding` says.
///
/// Matrices have a row per position. Shapes are written (rows, columns); T positions, R of them wanted, H the stream's
/// width.
public protocol FusedOperations: Sendable {
    // MARK: Products

    /// y[:, column ..< column + outputs.count] ← scale · x · weight[outputs]ᵀ, or is added to.
    ///
    /// - Parameters:
    ///   - x: (T, inputs).
    ///   - outputs: which of the weight's rows.
    ///   - y: (T, at least column + outputs.count).
    func multiply(
        _ x: Matrix, by weight: WeightMatrix, outputs: Range<Int>, scale: Float, adding: Bool, into y: Matrix,
        column: Int)

    /// dx ← scale · dy[:, column ..< column + outputs.count] · weight[outputs], or is added to.
    func multiplyBackward(
        _ dy: Matrix, column: Int, by weight: WeightMatrix, outputs: Range<Int>, scale: Float, adding: Bool,
        into dx: Matrix)

    /// gradient[outputs] += scale · dy[:, column ..< column + outputs.count]ᵀ · x.
    func addWeightGradient(
        _ dy: Matrix, column: Int, outputs: Range<Int>, _ x: Matrix, scale: Float, to gradient: Matrix)

    /// y[:, column ..< column + bias.count] += bias, in every row.
    func addBias(_ bias: [Float], to y: Matrix, column: Int)

    /// gradient += Σ of the rows of dy[:, column ..< column + gradient.columnCount].
    func addBiasGradient(_ dy: Matrix, column: Int, to gradient: Matrix)

    // MARK: Rows

    /// Rows of a weight matrix, each number multiplied with `scale`.
    func embed(_ tokens: [Int], _ weight: WeightMatrix, scale: Float) -> Matrix

    /// gradient[tokens[i]] += scale · dy[i], in the order of i.
    func addEmbeddingGradient(_ dy: Matrix, _ tokens: [Int], scale: Float, to gradient: Matrix)

    /// Some rows of a matrix.
    func gather(_ x: Matrix, rows: [Int]) -> Matrix

    /// x[rows[i]] += y[i], in the order of i.
    func scatter(_ y: Matrix, rows: [Int], addingTo x: Matrix)

    /// The rows of x, with all rows of a prefix before each of `starts`.
    ///
    /// - Parameter starts: where each sequence begins, and where the last ends.
    func prepend(_ prefix: Matrix, to x: Matrix, starts: [Int]) -> Matrix

    /// x += y.
    func add(_ y: Matrix, to x: Matrix)

    /// A copy of x where each number is dropped with a probability, and the others divided by what is left of one.
    ///
    /// - Parameter positions: the position of each row, which decides with `dropout` and the column what is dropped.
    func drop(_ x: Matrix, positions: [Int], _ dropout: Dropout) -> Matrix

    /// dx += dy where `drop` kept, divided likewise.
    func dropBackward(_ dy: Matrix, positions: [Int], _ dropout: Dropout, addingTo dx: Matrix)

    // MARK: Norms

    /// y ← gain ∘ x / √(mean x² + ε), row by row, or is added to.
    func normalize(_ x: Matrix, gain: [Float], epsilon: Float, adding: Bool, into y: Matrix)

    /// dx of `normalize`, or adds it; and adds the gain's gradient where it is wanted.
    func normalizeBackward(
        _ x: Matrix, gain: [Float], epsilon: Float, _ dy: Matrix, adding: Bool, into dx: Matrix,
        gainGradient: Matrix?)

    // MARK: Attention

    /// Turns pairs (i, i + headSize / 2) of the columns' heads by their row's angles, or back.
    ///
    /// - Parameters:
    ///   - columns: a whole number of heads.
    ///   - rows: each row's place in its sequence: a row of `angles`.
    ///   - angles: cosines, then sines: (positions, headSize).
    func rotate(_ x: Matrix, columns: Range<Int>, rows: [Int], angles: RotaryAngles, back: Bool)

    /// The attention's output and, for its backward half, the logarithms of the softmaxes' sums.
    ///
    /// - Parameters:
    ///   - queries: (R, heads · headSize).
    ///   - keysValues: (T, 2 · key heads · headSize), keys first.
    /// - Returns: the output (R, heads · headSize); the logarithms (heads, R).
    func attend(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan]
    ) -> (output: Matrix, logarithms: Matrix)

    /// Overwrites the gradients of queries and of keys and values.
    func attendBackward(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan],
        output: Matrix, logarithms: Matrix, _ dOutput: Matrix, dQueries: Matrix, dKeysValues: Matrix)

    // MARK: Feed-forward layers

    /// activation(x[:, ..< F]) ∘ x[:, F...] of an x (T, 2 F).
    func gate(_ x: Matrix, _ activation: GateActivation) -> Matrix

    /// The gradient of x, in place of x.
    func gateBackward(_ x: Matrix, _ activation: GateActivation, _ dy: Matrix)

    // MARK: Losses

    /// Logits become cap · tanh(logit / cap).
    func cap(_ logits: Matrix, at cap: Float)

    /// Cross entropy of each row against its target; the logits become the gradient of Σ weight · loss with respect to the
    /// logits before `cap`.
    ///
    /// - Parameters:
    ///   - logits: (R, classes), after `cap`.
    ///   - cap: the cap that they went through, if any.
    func crossEntropy(_ logits: Matrix, _ targets: [SoftTarget], cap: Float?) -> [Double]
}
