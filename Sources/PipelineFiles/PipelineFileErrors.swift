public import Dataflow

/// One mistake in a pipeline file.
public struct PipelineFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where.
    public let location: SourceLocation
    /// What is wrong, and what to do.
    public let message: String
    /// The line of the file.
    public let line: String

    /// The place and the message, and the line with a caret under the place.
    public var description: String {
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let shown = line.count > 160 ? String(line.prefix(160)) + "…" : line
        let caret = String(repeating: " ", count: max(0, min(location.column - 1, 161))) + "^"
        return "\(location): error: \(message)\n \(number) | \(shown)\n \(margin) | \(caret)"
    }
}

/// All mistakes of a pipeline file, in the order of their places.
public struct PipelineFileErrors: Error, Sendable, CustomStringConvertible {
    /// The mistakes; at least one.
    public let errors: [PipelineFileError]

    /// All mistakes as they are printed.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
