internal import Tensors

/// Trained parameters in the memory of a decoder's backend, for several calls.
public struct PlacedParameters: Sendable {
    /// Their layout.
    let layout: ParameterLayout
    /// A matrix per entry, in full precision; a vector is one row.
    let matrices: [Matrix]

    init(_ layout: ParameterLayout, _ matrices: [Matrix]) {
        self.layout = layout
        self.matrices = matrices
    }

    /// Moves parameters to a backend's memory.
    init(_ parameters: ParameterVector, _ operations: some FusedOperations) {
        layout = parameters.layout
        matrices = layout.entries.map { entry in
            operations.matrix(
                rows: entry.rowCount, columns: entry.columnCount, parameters.numbers[entry.range])
        }
    }

    /// The parameters in the processor's memory.
    ///
    /// - Throws: if an earlier operation has failed on the backend.
    func fetched(_ operations: some FusedOperations) throws -> ParameterVector {
        var vector = ParameterVector(zeros: layout)
        for (entry, matrix) in zip(layout.entries, matrices) {
            vector.numbers.replaceSubrange(entry.range, with: try operations.fetch(matrix).numbers)
        }
        return vector
    }
}

extension ParameterLayout.Entry {
    /// The number of rows as a matrix; a vector is one row.
    var rowCount: Int { shape.count == 1 ? 1 : shape[0] }
    /// The number of columns as a matrix.
    var columnCount: Int { shape[shape.count - 1] }
}

extension Decoder {
    /// Moves parameters to the memory of the decoder's backend.
    ///
    /// - Throws: `LanguageModelError` if they have another layout.
    public func placed(_ parameters: ParameterVector) throws -> PlacedParameters {
        guard parameters.layout == layout && parameters.numbers.count == layout.count else {
            throw LanguageModelError("the parameters do not have this model's layout")
        }
        return PlacedParameters(parameters, try backend())
    }

    func placed(_ parameters: ParameterVector?) throws -> PlacedParameters? {
        try parameters.map { try placed($0) }
    }
}
