import StageSchemas
import Texts
import YAML

/// A parameter that declares its values: `rows: { default: 4000, min: 1, help: … }`.
struct ParameterDeclaration: Sendable {
    /// What a value has to be.
    enum Shape: Sendable {
        /// From `type:` or the default's type, and from `min:` and `max:`.
        case scalar(ParameterType)
        /// `type: list`.
        case list
        /// `type: map`.
        case map
        /// Anything: the default is null, and no type is given.
        case any
    }

    let mark: Mark
    let shape: Shape
    /// The values that are allowed; empty if all are.
    let choices: [Value]
    /// True if there is no default.
    let isRequired: Bool
    /// True if the default is null, so that a value may be.
    let isOptional: Bool
    /// The default as written in the file.
    let standard: Node
    let help: String

    private static let keys = ["default", "required", "type", "min", "max", "choices", "help"]
    private static let types = ["boolean", "integer", "number", "text", "list", "map"]

    /// What other formats call some of the keys.
    private static let otherNames = [
        "minimum": "min", "maximum": "max", "description": "help", "options": "choices", "enum": "choices",
    ]

    /// True if a map under `parameters:` is a declaration, or is meant to be one: a typo must not turn it into a value.
    ///
    /// A map of values may have a key named `default`, too, so another key must be a declaration's, perhaps misspelled.
    /// Without `default` and `required`, either one of these is misspelled and most keys are a declaration's, or all of them are.
    static func isDeclaration(_ entries: [Node.Entry]) -> Bool {
        let names = entries.map(\.key)
        let near = names.compactMap(nearKey)
        let others = names.filter { $0 != "default" && $0 != "required" }
        if others.count < names.count { return others.isEmpty || others.contains { nearKey($0) != nil } }
        if near.contains("default") || near.contains("required") { return near.count * 2 > names.count }
        return near.count == names.count && names.contains(where: keys.contains)
            && entries.allSatisfy { $0.key != "type" || isType($0.value) }
    }

    /// The key of a declaration that a key equals, or probably stands for.
    private static func nearKey(_ name: String) -> String? {
        otherNames[name] ?? nearestName(to: name, among: keys)
    }

    /// True for the name of a type, perhaps misspelled: `{ type: adam }` is probably a value.
    private static func isType(_ node: Node) -> Bool {
        if case .scalar(let text, _) = node.content { return nearestName(to: text, among: types) != nil }
        return false
    }

    /// The declaration of a parameter; mistakes are added to `diagnostics`.
    init(_ entry: Node.Entry, _ fields: [Node.Entry], _ diagnostics: inout Diagnostics) {
        func field(_ name: String) -> Node? { fields.first { $0.key == name }?.value }
        mark = entry.mark
        let standard = field("default")
        let mayBeValue = standard == nil && field("required") == nil
        let advice =
            mayBeValue ? " (if the map is the value, write \(entry.key): { default: { … } })" : ""
        let unknown = fields.filter { !Self.keys.contains($0.key) }
        for field in unknown {
            diagnostics.add(
                "\(entry.key): unknown key '\(field.key)'"
                    + (Self.nearKey(field.key).map { "; did you mean '\($0)'?" }
                        ?? "; a parameter with a default: has type, min, max, choices and help") + advice,
                at: field.mark)
        }
        if mayBeValue, unknown.isEmpty {
            diagnostics.add(
                "\(entry.key): a parameter needs default: or required: true" + advice, at: entry.mark)
        }
        self.standard = standard ?? Node(content: .scalar("", isPlain: true), mark: entry.mark)
        isRequired =
            Self.isRequired(field("required"), hasDefault: standard != nil, entry, &diagnostics)
            && standard == nil
        let value = Value(unresolved: self.standard)
        isOptional = !isRequired && value == .null
        shape = Self.shape(
            type: field("type"), least: field("min"), greatest: field("max"), standard: value,
            hasPlaceholder: standard?.isTemplate ?? false, entry, &diagnostics)
        choices = Self.choices(field("choices"), shape, &diagnostics)
        if let node = field("help"), case .scalar(let text, _) = node.content {
            help = text
        } else {
            if let node = field("help") { diagnostics.add("help: expected a sentence", at: node.mark) }
            help = ""
        }
    }

    private static func isRequired(
        _ node: Node?, hasDefault: Bool, _ entry: Node.Entry, _ diagnostics: inout Diagnostics
    ) -> Bool {
        guard let node else { return false }
        guard case .boolean(let flag) = Value(unresolved: node) else {
            diagnostics.add("required: expected true or false", at: node.mark)
            return false
        }
        if flag == hasDefault {
            diagnostics.add(
                flag
                    ? "\(entry.key): a parameter with a default: is not required; remove one of the two"
                    : "\(entry.key): a parameter that is not required needs a default:, which may be null",
                at: node.mark)
        }
        return flag
    }

    private static func shape(
        type: Node?, least: Node?, greatest: Node?, standard: Value, hasPlaceholder: Bool,
        _ entry: Node.Entry, _ diagnostics: inout Diagnostics
    ) -> Shape {
        let bounds = [least, greatest].compactMap { $0 }
        let values = bounds.map { Value(unresolved: $0) }
        let hasFraction = values.contains { if case .number = $0 { true } else { false } }
        var name: String
        if let type {
            guard case .scalar(let text, _) = type.content, types.contains(text) else {
                var hint: String?
                if case .scalar(let text, _) = type.content { hint = didYouMean(text, among: types) }
                diagnostics.add(
                    "type: expected one of \(types.joined(separator: ", "))" + (hint ?? ""), at: type.mark)
                return .any
            }
            name = text
        } else {
            switch standard {
            case .boolean: name = "boolean"
            case .integer: name = hasFraction ? "number" : "integer"
            case .number: name = "number"
            // A placeholder may stand for anything.
            case .string: name = hasPlaceholder ? "" : "text"
            case .list: name = "list"
            case .map: name = "map"
            case .null: name = ""
            }
            if name.isEmpty, !bounds.isEmpty { name = hasFraction ? "number" : "integer" }
        }
        if let bound = bounds.first, name != "integer", name != "number" {
            diagnostics.add("\(entry.key): min: and max: are for integers and numbers", at: bound.mark)
        }
        switch name {
        case "boolean": return .scalar(.boolean)
        case "integer":
            return range(least, greatest, .min, .max, &diagnostics) { value in
                if case .integer(let number) = value { number } else { nil }
            }.map { .scalar(.integer($0)) } ?? .any
        case "number":
            let greatestNumber = Double.greatestFiniteMagnitude
            return range(least, greatest, -greatestNumber, greatestNumber, &diagnostics) { value in
                switch value {
                case .integer(let number): Double(number)
                case .number(let number): number.isFinite ? number : nil
                default: nil
                }
            }.map { .scalar(.number($0)) } ?? .any
        case "text": return .scalar(.string)
        case "list": return .list
        case "map": return .map
        default: return .any
        }
    }

    private static func range<Number: Comparable>(
        _ least: Node?, _ greatest: Node?, _ lowest: Number, _ highest: Number,
        _ diagnostics: inout Diagnostics, _ number: (Value) -> Number?
    ) -> ClosedRange<Number>? {
        var ends: [Number] = []
        for (node, name, open) in [(least, "min", lowest), (greatest, "max", highest)] {
            guard let node else {
                ends.append(open)
                continue
            }
            guard let end = number(Value(unresolved: node)) else {
                diagnostics.add(
                    "\(name): expected \(Number.self == Int.self ? "an integer" : "a number")", at: node.mark)
                return nil
            }
            ends.append(end)
        }
        guard ends[0] <= ends[1] else {
            diagnostics.add("max: is less than min:", at: greatest?.mark ?? Mark(line: 1, column: 1))
            return nil
        }
        return ends[0]...ends[1]
    }

    private static func choices(_ node: Node?, _ shape: Shape, _ diagnostics: inout Diagnostics) -> [Value] {
        guard let node else { return [] }
        guard case .sequence(let nodes) = node.content, !nodes.isEmpty else {
            diagnostics.add("choices: expected a list of values", at: node.mark)
            return []
        }
        var choices: [Value] = []
        for node in nodes {
            let value = Value(unresolved: node)
            guard case .scalar = node.content, value != .null, !choices.contains(value) else {
                diagnostics.add("choices: expected texts, numbers or booleans, each once", at: node.mark)
                continue
            }
            if let message = shape.message(against: value) {
                diagnostics.add("choices: \(message)", at: node.mark)
            }
            choices.append(value)
        }
        return choices
    }

    /// Why the parameter cannot have a value; nil if it can.
    func message(against value: Value) -> String? {
        if value == .null {
            if isOptional { return nil }
            return "expected \(phrase), not null"
        }
        if let message = shape.message(against: value) { return message }
        guard !choices.isEmpty, !choices.contains(where: { $0.normalized == value.normalized }) else {
            return nil
        }
        let words = choices.map(\.description)
        return "\(value.inMessage) is not one of \(words.joined(separator: ", "))"
            + (value.isText ? didYouMean(value.description, among: words) ?? "" : "")
    }

    /// What values it takes: `an integer from 1 to 100`.
    var phrase: String {
        choices.isEmpty ? shape.phrase : "one of " + choices.map(\.description).joined(separator: ", ")
    }

    /// A valid value to replace an invalid one, so that one mistake does not cause others.
    var standIn: Value {
        let standard = Value(unresolved: self.standard)
        if standard != .null, message(against: standard) == nil { return standard }
        if let first = choices.first { return first }
        switch shape {
        case .scalar(.boolean): return .boolean(true)
        case .scalar(.integer(let range)): return .integer(min(max(1, range.lowerBound), range.upperBound))
        case .scalar(.number(let range)): return .number(min(max(1, range.lowerBound), range.upperBound))
        case .scalar, .any: return .string("value")
        case .list: return .list([])
        case .map: return .map([:])
        }
    }

    /// True if values are texts, whatever they look like.
    var isText: Bool { if case .scalar(.string) = shape { true } else { false } }
}

extension ParameterDeclaration.Shape {
    /// Why a value that is not null does not fit; nil if it does.
    func message(against value: Value) -> String? {
        switch (self, value) {
        case (.scalar(let type), _): type.validated(value, path: []).problems.first?.message
        case (.any, _), (.list, .list), (.map, .map): nil
        case (.list, _), (.map, _): "expected \(phrase), not \(value.inMessage)"
        }
    }

    var phrase: String {
        switch self {
        case .scalar(let type): type.phrase
        case .list: "a list"
        case .map: "a map"
        case .any: "any value"
        }
    }
}

extension Value {
    fileprivate var isText: Bool { if case .string = self { true } else { false } }

    /// How a message refers to it: by the value itself if it is short, otherwise by its type.
    fileprivate var inMessage: String {
        switch self {
        case .string(let text) where text.utf8.count <= 40: "'\(text)'"
        case .boolean, .integer, .number: description
        case .null, .string, .list, .map: typeName
        }
    }
}

extension Node {
    /// True if it is a text with placeholders.
    fileprivate var isTemplate: Bool {
        if case .scalar(let text, _) = content { text.utf8.contains(UInt8(ascii: "$")) } else { false }
    }
}
