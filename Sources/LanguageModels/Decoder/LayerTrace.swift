internal import Tensors

/// What a layer's forward pass keeps for its backward pass. R of T positions are requested.
struct LayerTrace {
    /// The layer's input (T, hidden).
    let input: Matrix
    /// The requested rows; nil for all.
    let rows: [Int]?
    /// Queries before their norm, and keys and values before the keys' norm, in families that have such norms.
    let plainQueries: Matrix?
    let plainKeysValues: Matrix?
    /// Rotated queries (R, heads · headSize).
    let queries: Matrix
    /// Rotated keys, then values (T, 2 · key heads · headSize).
    let keysValues: Matrix
    /// The outputs of the heads (R, heads · headSize).
    let attended: Matrix
    /// The logarithms of the softmax denominators (heads, R).
    let logarithms: Matrix
    /// The input of the attention's output norm, if there is one (R, hidden).
    let attentionOutput: Matrix?
    /// The residual stream between attention and feed-forward layer (R, hidden).
    let middle: Matrix
    /// Gates, then the gated values (R, 2 · feed-forward). The backward pass replaces it with its gradient.
    let gates: Matrix
    /// The input of the feed-forward layer's output norm, if there is one (R, hidden).
    let down: Matrix?
    /// A · input of the adapters, in the order in which projections are applied (rows, rank).
    let reduced: [Matrix?]
}
