public import Dataflow

/// One mistake in a pipeline file.
public struct PipelineFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A mistake that is only found when the files that the pipeline names are looked at.
    public init(location: SourceLocation, message: String, line: String) {
        self.init(location: location, message: message, line: line, source: 0)
    }

    init(location: SourceLocation, message: String, line: String, source: Int) {
        self.location = location
        self.message = message
        self.line = line
        self.source = source
    }

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
    /// A file from outside that a stage reads.
    public struct NamedFile: Sendable {
        /// The input and its stage, in words.
        public let what: String
        /// The file.
        public let source: ExternalSource
        /// Where it is named.
        public let location: SourceLocation
        /// The line in the pipeline file.
        public let line: String
    }

    /// At least one mistake.
    public let errors: [PipelineFileError]
    /// The files that stages without conditions read, as far as the mistakes leave that clear.
    public let files: [NamedFile]

    /// All mistakes in one line: a pipeline is also built in the middle of a run, when a list is known.
    public var description: String {
        errors.map { "\($0.location): \($0.message)" }.joined(separator: "; ")
    }
}
