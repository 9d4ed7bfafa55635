/// A model cannot be used as requested: a tensor does not match, a token does not exist.
public struct LanguageModelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, where, and how to fix it.
    public let description: String

    /// An error with its message.
    public init(_ description: String) { self.description = description }
}
