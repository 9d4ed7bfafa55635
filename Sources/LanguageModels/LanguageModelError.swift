/// A model that cannot be used as asked: a tensor that does not fit, a token that does not exist.
public struct LanguageModelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public let description: String

    /// An error with its message.
    public init(_ description: String) { self.description = description }
}
