import Dataflow
import StageSchemas
import YAML

/// Collects the mistakes in a file, so that all are reported at once.
struct Diagnostics {
    private let file: String
    private let text: String
    /// The lines of the text, split when the first mistake is reported.
    private lazy var lines = Self.lines(of: text)
    private(set) var errors: [PipelineFileError] = []
    /// What placeholders have been replaced by, in bytes and values.
    private var expansion = 0

    /// How much placeholders may be replaced by, all together: `${a}${a}` in parameter after parameter doubles each time.
    private static let maximumExpansion = 1 << 28

    init(file: String, text: String) {
        self.file = file
        self.text = text
    }

    /// The lines as YAML counts them: they end with LF, CR LF, CR, or one of Unicode's three line ends.
    static func lines(of text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where afterReturn: break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append(String(line))
                line = String.UnicodeScalarView()
            // A byte order mark takes no column.
            case "\u{FEFF}" where lines.isEmpty && line.isEmpty: break
            default: line.append(scalar)
            }
            afterReturn = scalar == "\r"
        }
        return lines + [String(line)]
    }

    mutating func add(_ message: String, at mark: Mark) {
        let line = mark.line <= lines.count ? lines[mark.line - 1] : ""
        let error = PipelineFileError(location: location(mark), message: message, line: line)
        // A stage with a matrix makes the same mistake in every instance.
        if !errors.contains(error) { errors.append(error) }
    }

    /// Adds what a placeholder was replaced by.
    ///
    /// - Returns: false if that is too much for a file; a mistake is added then.
    mutating func admits(_ value: Value, at mark: Mark) -> Bool {
        guard expansion <= Self.maximumExpansion else { return false }
        expansion += value.weight(atMost: Self.maximumExpansion)
        guard expansion > Self.maximumExpansion else { return true }
        add("the placeholders expand to more than \(Self.maximumExpansion >> 20) MiB", at: mark)
        return false
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

extension Value {
    /// Roughly the bytes that it takes, counted no further than `limit`.
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
