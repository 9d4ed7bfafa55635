/// Whether bytes are UTF-8.
enum UTF8Check: Sendable {
    /// Fails where a cell's bytes are not UTF-8, and says where.
    static func validate(_ text: ArraySlice<UInt8>, _ name: String) throws(Reject) {
        do {
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw Reject(.invalidUTF8, "\(name): at byte \(error.byteOffsets.lowerBound)")
        }
    }
}
