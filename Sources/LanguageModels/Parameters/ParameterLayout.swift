/// The position of each of a model's trainable tensors in one flat vector.
public struct ParameterLayout: Sendable, Hashable {
    /// One tensor.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name in the checkpoint or adapter that it is saved to.
        public let name: String
        /// Its dimensions, outermost first.
        public let shape: [Int]
        /// The range of its elements in the vector.
        public let range: Range<Int>
    }

    /// The tensors, in the order of the vector.
    public private(set) var entries: [Entry] = []

    /// A layout without tensors.
    public init() {}

    /// The number of elements.
    public var count: Int { entries.last?.range.upperBound ?? 0 }

    /// Appends a tensor, and returns its range.
    @discardableResult
    public mutating func append(_ name: String, _ shape: [Int]) -> Range<Int> {
        let range = count..<(count + shape.reduce(1, *))
        entries.append(Entry(name: name, shape: shape, range: range))
        return range
    }
}

/// The elements of a layout's tensors: parameters, gradients, or optimizer state.
public struct ParameterVector: Sendable, Hashable {
    /// The layout.
    public let layout: ParameterLayout
    /// The `layout.count` elements.
    public var numbers: [Float]

    /// Zeros.
    public init(zeros layout: ParameterLayout) {
        self.layout = layout
        numbers = Array(repeating: 0, count: layout.count)
    }
}
