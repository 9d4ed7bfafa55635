/// Where bytes stop being valid UTF-8; nil if they are valid.
package func invalidUTF8(_ bytes: [UInt8]) -> Int? {
    do {
        _ = try UTF8Span(validating: bytes.span)
        return nil
    } catch {
        return error.byteOffsets.lowerBound
    }
}
