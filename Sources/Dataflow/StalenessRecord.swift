internal import Digests
public import StageSchemas

extension Staleness {
    /// The reason's name, as in `{"reason": "parametersChanged", …}`.
    public var name: String {
        switch self {
        case .neverRan: "neverRan"
        case .kindChanged: "kindChanged"
        case .parametersChanged: "parametersChanged"
        case .inputChanged: "inputChanged"
        case .codeChanged: "codeChanged"
        case .commandChanged: "commandChanged"
        case .environmentChanged: "environmentChanged"
        case .discoveredInputChanged: "discoveredInputChanged"
        case .notObserved: "notObserved"
        case .forced: "forced"
        case .always: "always"
        case .executabilityChanged: "executabilityChanged"
        case .outputMissing: "outputMissing"
        }
    }

    /// The reason as a JSON object: `reason`, and `name`, `from` and `to` if it has them.
    public var record: Value {
        var fields: [String: Value] = ["reason": .string(name)]
        switch self {
        case .neverRan, .codeChanged, .notObserved, .forced, .always: break
        case .executabilityChanged(let name, let isExecutable):
            fields["name"] = .string(name)
            fields["to"] = .boolean(isExecutable)
        case .kindChanged(let from, let to), .commandChanged(let from, let to):
            fields["from"] = .string(from)
            fields["to"] = .string(to)
        case .parametersChanged(let name, let from, let to):
            fields["name"] = .string(name)
            fields["from"] = from
            fields["to"] = to
        case .inputChanged(let name, let from, let to):
            fields["name"] = .string(name)
            fields["from"] = from.map { .string($0.hexadecimal) }
            fields["to"] = to.map { .string($0.hexadecimal) }
        case .environmentChanged(let name, let from, let to):
            fields["name"] = .string(name)
            fields["from"] = from.map { .string($0) }
            fields["to"] = to.map { .string($0) }
        case .discoveredInputChanged(let name, let from, let to):
            fields["name"] = .string(name)
            fields["from"] = .string(from)
            fields["to"] = .string(to)
        case .outputMissing(let name): fields["name"] = .string(name)
        }
        return .map(fields)
    }

    /// The reason that `record` describes, or nil if it does not describe one.
    public init?(record: Value) {
        guard case .map(let fields) = record, case .string(let reason)? = fields["reason"] else { return nil }
        func text(_ key: String) -> String? {
            guard case .string(let text)? = fields[key] else { return nil }
            return text
        }
        let name = text("name") ?? ""
        switch reason {
        case "neverRan": self = .neverRan
        case "codeChanged": self = .codeChanged
        case "forced": self = .forced
        case "always": self = .always
        case "executabilityChanged":
            self = .executabilityChanged(name: name, isExecutable: fields["to"] == .boolean(true))
        case "notObserved": self = .notObserved
        case "discoveredInputChanged":
            self = .discoveredInputChanged(name: name, from: text("from") ?? "", to: text("to") ?? "")
        case "kindChanged": self = .kindChanged(from: text("from") ?? "", to: text("to") ?? "")
        case "commandChanged": self = .commandChanged(from: text("from") ?? "", to: text("to") ?? "")
        case "parametersChanged":
            self = .parametersChanged(name: name, from: fields["from"], to: fields["to"])
        case "inputChanged":
            self = .inputChanged(
                name: name, from: text("from").flatMap { Digest(hexadecimal: $0) },
                to: text("to").flatMap { Digest(hexadecimal: $0) })
        case "environmentChanged":
            self = .environmentChanged(name: name, from: text("from"), to: text("to"))
        case "outputMissing": self = .outputMissing(name: name)
        default: return nil
        }
    }
}
