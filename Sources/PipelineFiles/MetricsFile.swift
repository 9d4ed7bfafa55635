internal import YAML

/// The file of numbers that a command writes for `metrics:`: JSON or YAML, a map of numbers and of maps of them.
public enum MetricsFile: Sendable {
    /// Why a file has no metrics.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// The message.
        public let description: String
    }

    /// The largest file, in bytes.
    public static let sizeLimit = 1 << 20
    /// The most metrics of a stage.
    static let countLimit = 10_000

    /// The finite numbers in a file, by name; a number in nested maps has a dotted name. Other values are not metrics.
    ///
    /// - Throws: `Failure` if the file is neither JSON nor YAML, is not a map, has no numbers or too many, or one that is not finite.
    public static func numbers(in bytes: [UInt8]) throws(Failure) -> [String: Double] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(description: "it is not UTF-8")
        }
        let root: Node
        do {
            // JSON is YAML.
            root = try YAMLDocument.parse(text)
        } catch {
            throw Failure(description: "it is neither JSON nor YAML: \(error)")
        }
        guard case .mapping = root.content else {
            throw Failure(description: "it should be a map from names to numbers, such as {\"loss\": 0.5}")
        }
        var numbers: [String: Double] = [:]
        try collect(root, "", into: &numbers)
        guard !numbers.isEmpty else { throw Failure(description: "it has no numbers") }
        return numbers
    }

    private static func collect(
        _ node: Node, _ name: String, into numbers: inout [String: Double]
    ) throws(Failure) {
        switch node.content {
        case .mapping(let entries):
            for entry in entries {
                try collect(entry.value, name.isEmpty ? entry.key : name + "." + entry.key, into: &numbers)
            }
        case .scalar(let text, let isPlain):
            let number: Double
            switch Scalar(text, isPlain: isPlain) {
            case .integer(let value): number = Double(value)
            case .number(let value): number = value
            case .string where isPlain && Self.isNotFinite(text):
                throw Failure(description: "'\(name)' is \(text); metrics are finite numbers")
            case .null, .boolean, .string: return
            }
            guard number.isFinite else {
                throw Failure(description: "'\(name)' is \(number); metrics are finite numbers")
            }
            guard numbers.count < countLimit else {
                throw Failure(description: "it has more than \(countLimit) numbers")
            }
            guard numbers.updateValue(number, forKey: name) == nil else {
                throw Failure(description: "two numbers are named '\(name)'")
            }
        case .sequence: return
        }
    }

    /// True for a number that is not finite as programming languages print it: Python writes `NaN` and `-Infinity` into JSON, where
    /// such a word cannot be. As text, it would be no metric, and nobody would notice.
    private static func isNotFinite(_ text: String) -> Bool {
        let word = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return ["nan", "inf", "infinity"].contains(word.lowercased())
    }
}
