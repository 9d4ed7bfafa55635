/// XGBoost has rejected a call, or is not available.
public struct BoostingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and how to correct it.
    public let message: String

    /// An error with a message.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
