internal import JSON

extension JSONDocument {
    /// Reads a file of a tokenizer, strictly.
    static func reading(_ bytes: [UInt8]) throws(TokenizerError) -> JSONDocument {
        do {
            return try JSONDocument(bytes)
        } catch {
            throw .malformed("not valid JSON: \(error)")
        }
    }
}
