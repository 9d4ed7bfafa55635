public import Dataflow

/// One mistake in a pipeline file.
public struct PipelineFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The position.
    public let location: SourceLocation
    /// What is wrong, and how to correct it.
    public let message: String
    /// The line in the file.
    public let line: String
    /// The number of the file, in the order in which they were read.
    let source: Int

    /// The position and the message, then the line with a caret under the position.
    public var description: String {
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let shown = line.count > 160 ? String(line.prefix(160)) + "…" : line
        let caret = String(repeating: " ", count: max(0, min(location.column - 1, 161))) + "^"
        return "\(location): error: \(message)\n \(number) | \(shown)\n \(margin) | \(caret)"
    }
}

/// All mistakes in a pipeline file, in order of position.
public struct PipelineFileErrors: Error, Sendable, CustomStringConvertible {
    /// At least one mistake.
    public let errors: [PipelineFileError]

    /// All mistakes, formatted for printing.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
