import Dataflow
import YAML

/// Collects the mistakes in a file, so that all are reported at once.
struct Diagnostics {
    private let file: String
    private let text: String
    /// The lines of the text, split when the first mistake is reported.
    private lazy var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    private(set) var errors: [PipelineFileError] = []

    init(file: String, text: String) {
        self.file = file
        self.text = text
    }

    mutating func add(_ message: String, at mark: Mark) {
        let line = mark.line <= lines.count ? String(lines[mark.line - 1]) : ""
        let error = PipelineFileError(location: location(mark), message: message, line: line)
        // A stage with a matrix makes the same mistake in every instance.
        if !errors.contains(error) { errors.append(error) }
    }

    func location(_ mark: Mark) -> SourceLocation {
        SourceLocation(file: file, line: mark.line, column: mark.column)
    }

    func throwIfAny() throws(PipelineFileErrors) {
        guard !errors.isEmpty else { return }
        let sorted = errors.sorted {
            ($0.location.line, $0.location.column) < ($1.location.line, $1.location.column)
        }
        throw PipelineFileErrors(errors: sorted)
    }
}
