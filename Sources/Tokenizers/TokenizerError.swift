/// Why a tokenizer could not be loaded, or a text not be encoded: what, where, and how to fix it.
public struct TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The category of a failure.
    public struct Code: Sendable, Hashable {
        private let number: Int

        /// The file or folder cannot be read, or contains no tokenizer.
        static let unreadable = Code(number: 1)
        /// The file is not what it claims to be: truncated, out of bounds, contradictory.
        static let malformed = Code(number: 2)
        /// The file is valid, but needs a component that is not implemented.
        static let unsupported = Code(number: 3)
        /// The text cannot be encoded as requested.
        public static let text = Code(number: 4)
        /// A vocabulary cannot be trained as requested.
        public static let training = Code(number: 5)
    }

    /// The category of the failure.
    public var code: Code
    /// What happened and how to fix it.
    public var message: String
    /// The file at fault, if there is one.
    public var path: String?

    /// The path, if there is one, and the message.
    public var description: String { path.map { "\($0): \(message)" } ?? message }

    init(_ code: Code, _ message: String, path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    static func malformed(_ message: String) -> TokenizerError { TokenizerError(.malformed, message) }

    static func unsupported(_ message: String) -> TokenizerError { TokenizerError(.unsupported, message) }

    func at(_ path: String) -> TokenizerError {
        var copy = self
        copy.path = copy.path ?? path
        return copy
    }
}
