internal import CCUDAKernels

/// A file of kernels, which NVRTC compiles as a unit.
public enum KernelSource: String, CaseIterable, Sendable {
    case rows, norms, rotation, gates, losses, optimizing, nf4, attention, attentionTiles

    /// The complete text: the file, after those that it needs. It has no include directives.
    public var text: String { parts.map(Self.file).joined(separator: "\n") }

    private var parts: [String] {
        let own =
            switch self {
            case .attention: ["attention_layer", "attention"]
            case .attentionTiles:
                ["attention_layer", "attention_tiles", "attention_tiles_backward", "attention_tiles_kernels"]
            default: [rawValue]
            }
        return ["target", "common"] + own
    }

    private static func file(_ name: String) -> String {
        var count = 0
        // A table of `count` constants in the program.
        guard let table = sluice_cuda_sources(&count) else { preconditionFailure("the program has kernels") }
        for source in UnsafeBufferPointer(start: table, count: count)
        where String(cString: source.name) == name {
            return String(
                decoding: UnsafeBufferPointer(start: source.bytes, count: source.count), as: UTF8.self)
        }
        preconditionFailure("the source \(name) is part of the program")
    }
}
