/// A text that is no YAML, or more of it than is allowed.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let message: String
    /// Where.
    public let mark: Mark

    /// An error of its parts.
    public init(_ message: String, at mark: Mark) {
        self.message = message
        self.mark = mark
    }

    /// `line:column: message`.
    public var description: String { "\(mark.line):\(mark.column): \(message)" }
}
