internal import Tensors

/// The gradients of a layout's tensors during a pass, each allocated on first use.
struct GradientMatrices {
    private let layout: ParameterLayout
    private let operations: any FusedOperations
    private var matrices: [Matrix?]

    /// Gradients that are all zero.
    init(_ layout: ParameterLayout, _ operations: any FusedOperations) {
        self.layout = layout
        self.operations = operations
        matrices = Array(repeating: nil, count: layout.entries.count)
    }

    /// The gradient of an entry; a vector is one row.
    subscript(entry: Int) -> Matrix {
        mutating get {
            if let matrix = matrices[entry] { return matrix }
            let matrix = operations.zeros(
                rows: layout.entries[entry].rowCount, columns: layout.entries[entry].columnCount)
            matrices[entry] = matrix
            return matrix
        }
    }

    /// Adds all of them to a vector of the layout.
    ///
    /// - Throws: if an earlier operation has failed on the backend.
    func add(to gradients: inout ParameterVector) throws {
        for (entry, matrix) in zip(layout.entries, matrices) {
            guard let matrix else { continue }
            try operations.fetch(matrix).add(to: &gradients.numbers, from: entry.range.lowerBound)
        }
    }
}
