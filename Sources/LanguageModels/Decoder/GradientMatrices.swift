internal import Tensors

/// The gradients of a layout's tensors during a pass, each allocated on first use.
struct GradientMatrices {
    private let layout: ParameterLayout
    private var matrices: [Matrix?]

    /// Gradients that are all zero.
    init(_ layout: ParameterLayout) {
        self.layout = layout
        matrices = Array(repeating: nil, count: layout.entries.count)
    }

    /// The gradient of an entry; a vector is one row.
    subscript(entry: Int) -> Matrix {
        mutating get {
            if let matrix = matrices[entry] { return matrix }
            let shape = layout.entries[entry].shape
            let matrix = Matrix(
                rows: shape.count == 1 ? 1 : shape[0], columns: shape[shape.count - 1], filledWith: 0)
            matrices[entry] = matrix
            return matrix
        }
    }

    /// Adds all of them to a vector of the layout.
    func add(to gradients: inout ParameterVector) {
        for (entry, matrix) in zip(layout.entries, matrices) {
            matrix?.add(to: &gradients.numbers, from: entry.range.lowerBound)
        }
    }
}
