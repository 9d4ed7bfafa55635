import Checkpoints
import Files
import LanguageModels
import Tensors

/// A tiny model of transformers and PEFT, with what they make of it; `References/make_decoders.py` wrote the file.
struct DecoderReference {
    let configuration: ModelConfiguration
    private let file: SafetensorsFile

    init(_ name: String, _ path: String = #filePath) throws {
        file = try SafetensorsFile(FilePath(path).parent.appending("Fixtures/\(name).safetensors"))
        configuration = try ModelConfiguration(json: Array((file.header.metadata["config"] ?? "").utf8))
    }

    func numbers(_ name: String) throws -> [Float] { try file.floats(of: file.required(name)) }

    var weights: DecoderWeights {
        get throws {
            try DecoderWeights(configuration) { tensor in
                WeightMatrix(
                    Matrix(
                        rows: tensor.rowCount, columns: tensor.columnCount,
                        try numbers("model." + tensor.name)))
            }
        }
    }

    /// The sequences, each processed separately.
    var sequences: [[Int]] {
        get throws {
            try (0..<3).map { index in
                let bytes = file.bytes(of: try file.required("tokens.\(index)"))
                return stride(from: 0, to: bytes.count, by: 4).map {
                    Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8
                }
            }
        }
    }

    /// The adapter: rank 3, alpha 6, and the targets whose tensors the file has.
    func adapter(classCount: Int? = nil) -> AdapterConfiguration {
        let targets = Projection.allCases.filter { projection in
            file.entry("adapter." + AdapterConfiguration.name(layer: 0, projection, "A")) != nil
        }
        return AdapterConfiguration(rank: 3, alpha: 6, targets: targets, classCount: classCount)
    }

    func vector(_ layout: ParameterLayout, prefix: String) throws -> ParameterVector {
        var vector = ParameterVector(zeros: layout)
        for entry in layout.entries {
            vector.numbers.replaceSubrange(entry.range, with: try numbers(prefix + entry.name))
        }
        return vector
    }
}

/// The largest difference, and the largest number of the second: what a tolerance is relative to.
func distance(_ a: some Collection<Float>, _ b: some Collection<Float>) -> (difference: Float, size: Float) {
    precondition(a.count == b.count)
    return (
        zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }, b.reduce(0) { max($0, $1.magnitude) }
    )
}
