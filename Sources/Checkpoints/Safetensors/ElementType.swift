/// The element type of a tensor in a safetensors file.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// 32-bit float.
    case float32 = "F32"
    /// bfloat16: the upper half of a 32-bit float.
    case bfloat16 = "BF16"
    /// IEEE 754 half precision.
    case float16 = "F16"
    /// 64-bit float.
    case float64 = "F64"
    /// Unsigned 8-bit integer: quantized codes, or text.
    case uint8 = "U8"
    /// Signed 8-bit integer.
    case int8 = "I8"
    /// A Boolean in a byte.
    case boolean = "BOOL"
    /// Signed 16-bit integer.
    case int16 = "I16"
    /// Unsigned 16-bit integer.
    case uint16 = "U16"
    /// Signed 32-bit integer.
    case int32 = "I32"
    /// Unsigned 32-bit integer.
    case uint32 = "U32"
    /// Signed 64-bit integer.
    case int64 = "I64"
    /// Unsigned 64-bit integer.
    case uint64 = "U64"
    /// 8-bit float with four exponent bits.
    case float8e4 = "F8_E4M3"
    /// 8-bit float with five exponent bits.
    case float8e5 = "F8_E5M2"

    /// Bytes per element.
    public var size: Int {
        switch self {
        case .uint8, .int8, .boolean, .float8e4, .float8e5: 1
        case .bfloat16, .float16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// The order in which the format's own library stores tensors of each type: highest rank first.
    var rank: Int {
        let order: [ElementType] = [
            .boolean, .uint8, .int8, .float8e5, .float8e4, .int16, .uint16, .float16, .bfloat16, .int32,
            .uint32,
            .float32, .float64, .int64, .uint64,
        ]
        return order.firstIndex(of: self) ?? 0
    }
}
