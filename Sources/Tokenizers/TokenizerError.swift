/// Why a tokenizer could not be loaded, or a text not be encoded: what, where, and what to do about it.
public struct TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The family of a failure.
    public struct Code: Sendable, Hashable {
        private let number: Int

        /// The file or folder cannot be read, or holds no tokenizer.
        public static let unreadable = Code(number: 1)
        /// The file is not what it claims to be: cut off, out of bounds, contradictory.
        public static let malformed = Code(number: 2)
        /// The file is sound, but asks for a component that is not implemented.
        static let unsupported = Code(number: 3)
        /// The text cannot be encoded as asked.
        public static let text = Code(number: 4)
        /// A vocabulary cannot be trained as asked.
        public static let training = Code(number: 5)
    }

    /// The family of the failure.
    public var code: Code
    /// What happened and what to do, for people.
    public var message: String
    /// The file that the failure is about, where there is one.
    public var path: String?

    /// The path, where there is one, and the message.
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
