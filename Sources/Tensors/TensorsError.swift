/// A numeric library is missing or unusable.
public struct TensorsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and how to correct it.
    public let message: String

    init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
