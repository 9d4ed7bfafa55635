internal import Tensors

/// A linear layer and everything a pass needs: the frozen or trained matrix, and its low-rank matrices.
struct DecoderModule: Sendable {
    /// The low-rank matrices of a frozen matrix.
    struct LowRank: Sendable {
        /// (rank, inputs).
        let a: WeightMatrix
        /// (outputs, rank).
        let b: WeightMatrix
        /// Their indices among the layout's entries.
        let entryA: Int
        let entryB: Int
        /// Determines which of its inputs are dropped, if any.
        let dropout: Dropout?
    }

    let weight: WeightMatrix
    /// One row.
    let bias: Matrix?
    let lowRank: LowRank?
    /// The matrix's index among the layout's entries, if it is trained itself.
    let weightEntry: Int?
    let biasEntry: Int?

    /// Whether a backward pass needs its input.
    var isTrained: Bool { lowRank != nil || weightEntry != nil }
}

/// Some outputs of a linear layer, and their first column in a matrix that holds the outputs of several layers.
struct ModulePart: Sendable {
    let module: DecoderModule
    let outputs: Range<Int>
    let column: Int
}

/// A layer's modules and norms.
struct DecoderLayer: Sendable {
    /// A norm's gain, and its index among the layout's entries if it is trained.
    struct Norm: Sendable {
        /// One row.
        let gain: Matrix
        let entry: Int?
    }

    let attentionNorm: Norm
    /// Of each head of the queries and of the keys, in Gemma 3 and Qwen 3.
    let queryNorm: Norm?
    let keyNorm: Norm?
    let attentionOutputNorm: Norm?
    let feedForwardNorm: Norm
    let feedForwardOutputNorm: Norm?
    let queries: [ModulePart]
    let keysValues: [ModulePart]
    let attentionOutput: ModulePart
    let gates: [ModulePart]
    let down: ModulePart

    /// Whether anything before the attention's output is trained.
    var trainsAttentionInputs: Bool {
        attentionNorm.entry != nil || queryNorm?.entry != nil || keyNorm?.entry != nil
            || (queries + keysValues).contains { $0.module.isTrained }
    }
}
