/// A text that is not valid YAML, or exceeds the limits.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and how to correct it.
    public let message: String
    /// Where.
    public let mark: Mark

    init(_ message: String, at mark: Mark) {
        self.message = message
        self.mark = mark
    }

    /// `line:column: message`.
    public var description: String { "\(mark.line):\(mark.column): \(message)" }
}
