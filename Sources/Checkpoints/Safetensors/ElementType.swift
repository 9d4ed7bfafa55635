/// The type of a tensor's numbers in a safetensors file.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// 32-bit floating point.
    case float32 = "F32"
    /// The upper half of a 32-bit floating point number.
    case bfloat16 = "BF16"
    /// IEEE 754 half precision.
    case float16 = "F16"
    /// 64-bit floating point.
    case float64 = "F64"
    /// Eight bits, unsigned: quantised codes, or text.
    case uint8 = "U8"
    /// Eight bits, signed.
    case int8 = "I8"
    /// A truth value in a byte.
    case boolean = "BOOL"
    /// 16 bits, signed.
    case int16 = "I16"
    /// 16 bits, unsigned.
    case uint16 = "U16"
    /// 32 bits, signed.
    case int32 = "I32"
    /// 32 bits, unsigned.
    case uint32 = "U32"
    /// 64 bits, signed.
    case int64 = "I64"
    /// 64 bits, unsigned.
    case uint64 = "U64"
    /// Eight-bit floating point, four exponent bits.
    case float8e4 = "F8_E4M3"
    /// Eight-bit floating point, five exponent bits.
    case float8e5 = "F8_E5M2"

    /// Bytes of one number.
    public var size: Int {
        switch self {
        case .uint8, .int8, .boolean, .float8e4, .float8e5: 1
        case .bfloat16, .float16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Where the format's own library puts tensors of the type: those of a high rank first.
    var rank: Int {
        let order: [ElementType] = [
            .boolean, .uint8, .int8, .float8e5, .float8e4, .int16, .uint16, .float16, .bfloat16, .int32,
            .uint32,
            .float32, .float64, .int64, .uint64,
        ]
        return order.firstIndex(of: self) ?? 0
    }
}
