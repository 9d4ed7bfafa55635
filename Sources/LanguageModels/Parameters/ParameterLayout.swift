/// Where each of a model's trainable tensors lies in one flat vector.
public struct ParameterLayout: Sendable, Hashable {
    /// One tensor.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name in the checkpoint or adapter that it is saved to.
        public let name: String
        /// Its dimensions, outermost first.
        public let shape: [Int]
        /// Its numbers' place in the vector.
        public let range: Range<Int>
    }

    /// The tensors, in the order in which they lie.
    public private(set) var entries: [Entry] = []

    /// A layout without tensors.
    public init() {}

    /// How many numbers there are.
    public var count: Int { entries.last?.range.upperBound ?? 0 }

    /// Adds a tensor behind the others, and says where it lies.
    @discardableResult
    public mutating func append(_ name: String, _ shape: [Int]) -> Range<Int> {
        let range = count..<(count + shape.reduce(1, *))
        entries.append(Entry(name: name, shape: shape, range: range))
        return range
    }
}

/// The numbers of a layout's tensors: values, gradients, or an optimizer's moments.
public struct ParameterVector: Sendable, Hashable {
    /// Whose numbers they are.
    public let layout: ParameterLayout
    /// The numbers, `layout.count` of them.
    public var numbers: [Float]

    /// As many zeros as the layout has numbers.
    public init(zeros layout: ParameterLayout) {
        self.layout = layout
        numbers = Array(repeating: 0, count: layout.count)
    }
}
