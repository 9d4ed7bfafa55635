/// Validation of UTF-8.
enum UTF8Check: Sendable {
    /// Throws if a cell is not valid UTF-8, with the position.
    static func validate(_ text: ArraySlice<UInt8>, _ column: String) throws(Reject) {
        do {
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw Reject(
                .invalidUTF8, "at byte \(error.byteOffsets.lowerBound)", column: column, cell: text)
        }
    }
}
