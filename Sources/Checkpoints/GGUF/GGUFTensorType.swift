internal import FloatFormats

/// The format of a tensor's numbers in a GGUF file.
///
/// `blockCount` numbers make a block of `blockBytes`; a row of a tensor is whole blocks.
public enum GGUFTensorType: UInt32, Sendable, Hashable, CaseIterable {
    case float32 = 0
    case float16 = 1
    case q4_0 = 2
    case q5_0 = 6
    case q8_0 = 8
    case q4K = 12
    case q5K = 13
    case q6K = 14
    case bfloat16 = 30

    /// Its name in the format.
    public var name: String {
        switch self {
        case .float32: "F32"
        case .float16: "F16"
        case .q4_0: "Q4_0"
        case .q5_0: "Q5_0"
        case .q8_0: "Q8_0"
        case .q4K: "Q4_K"
        case .q5K: "Q5_K"
        case .q6K: "Q6_K"
        case .bfloat16: "BF16"
        }
    }

    /// The format of its blocks, if it has any.
    var format: BlockFormat? {
        switch self {
        case .float32, .float16, .bfloat16: nil
        case .q4_0: .q4_0
        case .q5_0: .q5_0
        case .q8_0: .q8_0
        case .q4K: .q4K
        case .q5K: .q5K
        case .q6K: .q6K
        }
    }

    /// How many numbers a block has.
    var blockCount: Int { format?.blockCount ?? 1 }

    /// How many bytes a block has.
    var blockBytes: Int { format?.blockBytes ?? (self == .float32 ? 4 : 2) }

    /// The numbers of whole blocks.
    func floats(_ bytes: RawSpan) -> [Float] {
        switch self {
        case .float32: FloatConversion.floats(float32: bytes)
        case .float16: FloatConversion.floats(float16: bytes)
        case .bfloat16: FloatConversion.floats(bfloat16: bytes)
        case .q4_0, .q5_0, .q8_0, .q4K, .q5K, .q6K: format?.floats(bytes) ?? []
        }
    }

    /// The names of unsupported formats, as far as they are known.
    static func name(ofUnsupported number: UInt32) -> String {
        let names: [UInt32: String] = [
            3: "Q4_1", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
            18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8",
            25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
        ]
        return names[number] ?? "number \(number)"
    }
}
