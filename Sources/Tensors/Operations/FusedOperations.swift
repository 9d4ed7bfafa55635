/// The building blocks of a decoder: a few operations, each with a forward and a backward half, implemented by a CPU or
/// accelerator backend. Backward halves add to gradients or overwrite them, as `adding` says.
///
/// Matrices have a row per position. Shapes are written (rows, columns); T is the number of positions, R that of the
/// requested ones, H the width of the residual stream.
public protocol FusedOperations: Sendable {
    // MARK: Matrices

    /// The bytes that activations kept for backward passes may take.
    var activationBytes: Int { get }

    /// The bytes of an element of `MatrixPrecision.compact`.
    var compactSize: Int { get }

    /// A matrix with undefined elements.
    func matrix(rows: Int, columns: Int, _ precision: MatrixPrecision) -> Matrix

    /// A matrix of zeros, in full precision.
    func zeros(rows: Int, columns: Int) -> Matrix

    /// A matrix of the given numbers, row by row, in full precision.
    func matrix(rows: Int, columns: Int, _ numbers: some Collection<Float>) -> Matrix

    /// A copy.
    func copy(_ x: Matrix) -> Matrix

    /// The matrix in the precision that products read: x itself, if it already has it.
    func operand(_ x: Matrix) -> Matrix

    /// A frozen weight in the memory that this backend's products read.
    func weight(_ weight: WeightMatrix) -> WeightMatrix

    /// The matrix in the processor's memory, once all earlier operations have finished: x itself, if it is already there.
    ///
    /// - Throws: if an earlier operation has failed on the backend.
    func fetch(_ x: Matrix) throws -> Matrix

    // MARK: Products

    /// y[:, column ..< column + outputs.count] ← scale · x · weight[outputs]ᵀ, optionally added to y.
    ///
    /// - Parameters:
    /// - x: (T, inputs).
    /// - outputs: the rows of the weight to use.
    /// - y: (T, at least column + outputs.count).
    func multiply(
        _ x: Matrix, by weight: WeightMatrix, outputs: Range<Int>, scale: Float, adding: Bool, into y: Matrix,
        column: Int)

    /// dx ← scale · dy[:, column ..< column + outputs.count] · weight[outputs], optionally added to dx.
    func multiplyBackward(
        _ dy: Matrix, column: Int, by weight: WeightMatrix, outputs: Range<Int>, scale: Float, adding: Bool,
        into dx: Matrix)

    /// gradient[outputs] += scale · dy[:, column ..< column + outputs.count]ᵀ · x.
    func addWeightGradient(
        _ dy: Matrix, column: Int, outputs: Range<Int>, _ x: Matrix, scale: Float, to gradient: Matrix)

    /// y[:, column ..< column + outputs.count] += bias[outputs], in every row.
    func addBias(_ bias: Matrix, outputs: Range<Int>, to y: Matrix, column: Int)

    /// gradient += Σ of the rows of dy[:, column ..< column + gradient.columnCount].
    func addBiasGradient(_ dy: Matrix, column: Int, to gradient: Matrix)

    // MARK: Rows

    /// Rows of a weight matrix, scaled.
    func embed(_ tokens: [Int], _ weight: WeightMatrix, scale: Float) -> Matrix

    /// gradient[tokens[i]] += scale · dy[i], in the order of i.
    func addEmbeddingGradient(_ dy: Matrix, _ tokens: [Int], scale: Float, to gradient: Matrix)

    /// Some rows of a matrix.
    func gather(_ x: Matrix, rows: [Int]) -> Matrix

    /// x[rows[i]] += y[i], in the order of i.
    func scatter(_ y: Matrix, rows: [Int], addingTo x: Matrix)

    /// The rows of x, with all rows of a prefix inserted before each sequence.
    ///
    /// - Parameter starts: the start of each sequence, and the end of the last.
    func prepend(_ prefix: Matrix, to x: Matrix, starts: [Int]) -> Matrix

    /// x += y.
    func add(_ y: Matrix, to x: Matrix)

    /// A copy of x in which each element is dropped with a probability p, and the others are divided by 1 − p.
    ///
    /// - Parameter positions: the position of each row, which together with `dropout` and the column determines what is
    ///   dropped.
    func drop(_ x: Matrix, positions: [Int], _ dropout: Dropout) -> Matrix

    /// dx += dy where `drop` kept an element, with the same factor.
    func dropBackward(_ dy: Matrix, positions: [Int], _ dropout: Dropout, addingTo dx: Matrix)

    // MARK: Norms

    /// y ← gain ∘ x / √(mean x² + ε), row by row, optionally added to y.
    func normalize(_ x: Matrix, gain: Matrix, epsilon: Float, adding: Bool, into y: Matrix)

    /// The backward pass of `normalize`: sets dx or adds to it, and adds to the gain's gradient if requested.
    func normalizeBackward(
        _ x: Matrix, gain: Matrix, epsilon: Float, _ dy: Matrix, adding: Bool, into dx: Matrix,
        gainGradient: Matrix?)

    /// A copy of x in which each head of some columns is normalized separately: gain ∘ h / √(mean h² + ε).
    ///
    /// - Parameters:
    ///   - columns: a whole number of heads.
    ///   - gain: one row, as wide as a head.
    func normalizeHeads(_ x: Matrix, columns: Range<Int>, gain: Matrix, epsilon: Float) -> Matrix

    /// The backward pass of `normalizeHeads`: replaces dy by dx, and adds to the gain's gradient if requested.
    func normalizeHeadsBackward(
        _ x: Matrix, columns: Range<Int>, gain: Matrix, epsilon: Float, _ dy: Matrix, gainGradient: Matrix?)

    // MARK: Attention

    /// Rotates the pairs (i, i + headSize / 2) of each head by the angles of the row's position, or back.
    ///
    /// - Parameters:
    /// - columns: a whole number of heads.
    /// - rows: each row's position in its sequence, which is a row of `angles`.
    /// - angles: cosines, then sines: (positions, headSize).
    func rotate(_ x: Matrix, columns: Range<Int>, rows: [Int], angles: RotaryAngles, back: Bool)

    /// The output of attention and, for the backward pass, the logarithms of the softmax denominators.
    ///
    /// - Parameters:
    /// - queries: (R, heads · headSize).
    /// - keysValues: (T, 2 · key heads · headSize), keys first.
    /// - Returns: the output (R, heads · headSize); the logarithms (heads, R).
    func attend(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan]
    ) -> (output: Matrix, logarithms: Matrix)

    /// Overwrites the gradients of queries, keys and values.
    func attendBackward(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan],
        output: Matrix, logarithms: Matrix, _ dOutput: Matrix, dQueries: Matrix, dKeysValues: Matrix)

    // MARK: Feed-forward layers

    /// activation(x[:, ..< F]) ∘ x[:, F...], where x is (T, 2 F).
    func gate(_ x: Matrix, _ activation: GateActivation) -> Matrix

    /// Replaces x with its gradient.
    func gateBackward(_ x: Matrix, _ activation: GateActivation, _ dy: Matrix)

    // MARK: Losses

    /// Replaces logits by cap · tanh(logit / cap).
    func cap(_ logits: Matrix, at cap: Float)

    /// The cross entropy of each row against its target. Replaces the logits with the gradient of Σ weight · loss with
    /// respect to the logits before `cap`.
    ///
    /// - Parameters:
    /// - logits: (R, classes), after `cap`.
    /// - cap: the cap that was applied to them, if any.
    /// - Throws: if an earlier operation has failed on the backend.
    func crossEntropy(_ logits: Matrix, _ targets: [SoftTarget], cap: Float?) throws -> [Double]
}
