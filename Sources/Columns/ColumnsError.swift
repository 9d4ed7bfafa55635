/// A table that cannot be read, written or used as requested.
public struct ColumnsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, where, and how to fix it.
    public let message: String

    /// An error with a message.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }

    /// Arrow's error for a row of a CSV file that does not fit in a block.
    var isRowLongerThanBlock: Bool { message.contains("straddling object straddles two block boundaries") }
}
