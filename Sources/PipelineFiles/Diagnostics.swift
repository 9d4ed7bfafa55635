import Dataflow
import StageSchemas
import Texts
import YAML

/// Collects the mistakes in a file and in those that belong to it, so that all are reported at once.
struct Diagnostics {
    /// The files that marks refer to.
    let sources: SourceTexts
    private(set) var errors: [PipelineFileError] = []
    /// The files that stages read, if there are mistakes.
    private var files: [PipelineFileErrors.NamedFile] = []
    /// The size of everything that placeholders have expanded to, in bytes and values.
    private var expansion = 0

    /// The limit on the total expansion of placeholders: `${a}${a}` in parameter after parameter doubles each time.
    private static let maximumExpansion = 1 << 28

    init() { sources = SourceTexts() }

    mutating func add(_ message: String, at mark: Mark) {
        let error = PipelineFileError(
            location: location(mark), message: message, line: sources.line(at: mark), source: mark.source)
        // A stage with a matrix makes the same mistake in every instance.
        if !errors.contains(error) { errors.append(error) }
    }

    /// Adds a mistake at a placeholder in a scalar, after `count` equal ones.
    mutating func add(_ message: String, at placeholder: String, after count: Int = 0, in scalar: Mark) {
        add(message, at: sources.place(of: placeholder, after: count, in: scalar))
    }

    /// Notes that a stage reads a file, so that its existence can be checked despite other mistakes.
    mutating func note(_ source: ExternalSource, _ what: String, at mark: Mark) {
        files.append(
            PipelineFileErrors.NamedFile(
                what: what, source: source, location: location(mark), line: sources.line(at: mark)))
    }

    /// Parses another file, and adds its mistakes.
    ///
    /// - Returns: its content; nil if it cannot be read.
    mutating func parse(_ text: String, file: String) -> Node? {
        let source = sources.add(file: file, text: text)
        if SystemText.containsEscapedBytes(text),
            let line = SourceTexts.lines(of: text).firstIndex(where: SystemText.containsEscapedBytes)
        {
            add(
                "characters from U+10FF80 on stand for bytes of names that are not UTF-8, and are not allowed here",
                at: Mark(line: line + 1, column: 1, source: source))
            return nil
        }
        do {
            return try YAMLDocument.parse(text, source: source)
        } catch {
            add(error.message, at: error.mark)
            return nil
        }
    }

    /// Counts a value that a placeholder was replaced with.
    ///
    /// - Returns: false, after adding a mistake, if the total exceeds the limit.
    mutating func admits(_ value: Value, at mark: Mark) -> Bool {
        guard expansion <= Self.maximumExpansion else { return false }
        expansion += value.weight(atMost: Self.maximumExpansion)
        guard expansion > Self.maximumExpansion else { return true }
        add("the placeholders expand to more than \(Self.maximumExpansion >> 20) MiB", at: mark)
        return false
    }

    func location(_ mark: Mark) -> SourceLocation {
        SourceLocation(file: sources.file(of: mark), line: mark.line, column: mark.column)
    }

    func throwIfAny() throws(PipelineFileErrors) {
        guard !errors.isEmpty else { return }
        let sorted = errors.sorted {
            ($0.source, $0.location.line, $0.location.column)
                < ($1.source, $1.location.line, $1.location.column)
        }
        throw PipelineFileErrors(errors: sorted, files: files)
    }
}

extension Value {
    /// Its approximate size in bytes; counting stops at `limit`.
    fileprivate func weight(atMost limit: Int) -> Int {
        switch self {
        case .string(let text): return 16 + text.utf8.count
        case .list(let values):
            var weight = 16
            for value in values where weight <= limit { weight += value.weight(atMost: limit - weight) }
            return weight
        case .map(let entries):
            var weight = 16
            for (name, value) in entries where weight <= limit {
                weight += name.utf8.count + value.weight(atMost: limit - weight)
            }
            return weight
        default: return 16
        }
    }
}
