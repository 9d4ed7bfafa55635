internal import Tensors

/// What a layer's forward pass leaves for its backward pass. R positions are wanted of T.
struct LayerTrace {
    /// The layer's input (T, hidden).
    let input: Matrix
    /// The wanted rows; nil for all.
    let rows: [Int]?
    /// Turned by their angles (R, heads · headSize).
    let queries: Matrix
    /// Keys turned by their angles, then values (T, 2 · key heads · headSize).
    let keysValues: Matrix
    /// The heads' outputs (R, heads · headSize).
    let attended: Matrix
    /// (heads, R).
    let logarithms: Matrix
    /// Before the attention's output norm, where there is one (R, hidden).
    let attentionOutput: Matrix?
    /// The stream between attention and feed-forward layer (R, hidden).
    let middle: Matrix
    /// Gates, then what they gate (R, 2 · feed-forward). A backward pass makes its gradient of it.
    let gates: Matrix
    /// Before the feed-forward layer's output norm, where there is one (R, hidden).
    let down: Matrix?
    /// A · input of the adapters, in the order in which projections are applied (rows, rank).
    let reduced: [Matrix?]
}
