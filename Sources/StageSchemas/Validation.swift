internal import Texts

/// What is wrong with a value, and where in it.
public struct ParameterProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The path to it: names and list positions from the outside in, such as `rules`, `0`, `weight`.
    public let path: [String]
    /// What is wrong and what to do, without the path.
    public let message: String

    /// A problem at a path.
    public init(path: [String], message: String) {
        self.path = path
        self.message = message
    }

    /// The path and the message on one line.
    public var description: String {
        path.isEmpty ? message : path.joined(separator: ".") + ": " + message
    }
}

extension Array where Element == Parameter {
    /// Checks `values` against the parameters and fills in the defaults.
    ///
    /// - Returns: the canonical values, with every parameter present, and all problems found.
    public func validated(_ values: [String: Value], path: [String] = []) -> (
        values: [String: Value], problems: [ParameterProblem]
    ) {
        var result: [String: Value] = [:]
        var problems: [ParameterProblem] = []
        for name in values.keys.sorted() where !contains(where: { $0.name == name }) {
            let hint = didYouMean(name, among: map(\.name))
            let known = isEmpty ? "it takes none" : "it takes " + map(\.name).joined(separator: ", ")
            problems.append(
                ParameterProblem(path: path + [name], message: "unknown parameter" + (hint ?? "; " + known)))
        }
        for parameter in self {
            guard let value = values[parameter.name] else {
                if let defaultValue = parameter.defaultValue {
                    result[parameter.name] = defaultValue.normalized
                } else {
                    problems.append(
                        ParameterProblem(
                            path: path + [parameter.name],
                            message: "required: \(parameter.type.phrase). \(parameter.help)"))
                }
                continue
            }
            let (canonical, found) = parameter.type.validated(value, path: path + [parameter.name])
            result[parameter.name] = canonical
            problems += found
        }
        return (result, problems)
    }
}

extension ParameterType {
    /// Checks a value and returns its canonical form: numbers normalized, nested defaults filled in.
    public func validated(_ value: Value, path: [String]) -> (value: Value, problems: [ParameterProblem]) {
        func problem(_ message: String) -> (value: Value, problems: [ParameterProblem]) {
            (value, [ParameterProblem(path: path, message: message)])
        }
        switch (self, value.normalized) {
        case (.optional, .null): return (.null, [])
        case (.optional(let type), let inner): return type.validated(inner, path: path)
        case (.boolean, .boolean), (.string, .string): return (value, [])
        case (.integer(let range), .integer(let number)):
            return range.contains(number) ? (.integer(number), []) : problem("\(number) is not \(phrase)")
        case (.number(let range), .integer(let number)):
            return range.contains(Double(number))
                ? (.integer(number), []) : problem("\(number) is not \(phrase)")
        case (.number(let range), .number(let number)):
            return number.isFinite && range.contains(number)
                ? (.number(number), []) : problem("\(number) is not \(phrase)")
        case (.choice(let words), .string(let word)):
            if words.contains(word) { return (value, []) }
            let hint = didYouMean(word, among: words) ?? ""
            return problem("'\(word)' is not \(phrase)" + hint)
        case (.list(let type), .list(let elements)):
            let checked = elements.enumerated().map { index, element in
                type.validated(element, path: path + [String(index)])
            }
            return (.list(checked.map(\.value)), checked.flatMap(\.problems))
        case (.map(let type), .map(let entries)):
            var result: [String: Value] = [:]
            var problems: [ParameterProblem] = []
            for (key, element) in entries.sorted(by: { $0.key < $1.key }) {
                let checked = type.validated(element, path: path + [key])
                result[key] = checked.value
                problems += checked.problems
            }
            return (.map(result), problems)
        case (.record(let parameters), .map(let entries)):
            let checked = parameters.validated(entries, path: path)
            return (.map(checked.values), checked.problems)
        default:
            return problem("expected \(phrase), not \(value.shortDescription)")
        }
    }

    /// A description of the type: "an integer from 2 to 100".
    public var phrase: String {
        switch self {
        case .boolean: "true or false"
        case .integer(let range): "an integer" + ParameterType.bounds(range, Int.min, Int.max)
        case .number(let range):
            "a number"
                + ParameterType.bounds(
                    range, -Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude)
        case .string: "a string"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .list(let type): "a list, each \(type.phrase)"
        case .map(let type): "a map, each value \(type.phrase)"
        case .record(let parameters): "a map with " + parameters.map(\.name).joined(separator: ", ")
        case .optional(let type): "null or \(type.phrase)"
        }
    }

    private static func bounds<Number: Comparable>(
        _ range: ClosedRange<Number>, _ least: Number, _ greatest: Number
    ) -> String {
        switch (range.lowerBound == least, range.upperBound == greatest) {
        case (true, true): ""
        case (false, true): " of at least \(range.lowerBound)"
        case (true, false): " of at most \(range.upperBound)"
        case (false, false): " from \(range.lowerBound) to \(range.upperBound)"
        }
    }
}
