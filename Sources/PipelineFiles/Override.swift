public import StageSchemas
internal import Texts
internal import YAML

/// A parameter's value from the command line: `--set a.b=v`.
public struct Override: Sendable {
    /// The parameter's dotted name.
    public let path: String
    /// The value, whose placeholders have not been replaced.
    public let value: Value
    let given: GivenValue
    /// The option that it came from, for messages.
    let option: String

    /// The override in `assignment` (`name=value`, the value in YAML), or nil if it is malformed.
    ///
    /// - Parameter option: the option that it came from.
    public init?(_ assignment: String, option: String = "--set") {
        guard let equals = assignment.firstIndex(ofASCII: "="), equals != assignment.startIndex else {
            return nil
        }
        path = String(assignment[..<equals])
        self.option = option
        let text = String(assignment.suffix(after: equals))
        let node = try? YAMLDocument.parse(text)
        value = node.map { Value(unresolved: $0) } ?? .string(text)
        given = GivenValue(
            value: value,
            written: node ?? Node(content: .scalar(text, isPlain: false), mark: Mark(line: 1, column: 1)),
            text: text, origin: .option(option))
    }
}

/// A value that replaces a parameter's default.
struct GivenValue: Sendable {
    /// Where it came from.
    enum Origin: Sendable {
        /// An option on the command line.
        case option(String)
        /// A place in a file.
        case place(Mark)
    }

    let value: Value
    /// How it is written, so that a number looks the same in a command.
    let written: Node
    /// The value as a text; nil if it is none.
    let text: String?
    let origin: Origin

    init(value: Value, written: Node, text: String?, origin: Origin) {
        self.value = value
        self.written = written
        self.text = text
        self.origin = origin
    }

    /// The value of a file of parameters.
    init(_ node: Node) {
        var text: String?
        if case .scalar(let written, _) = node.content { text = written }
        self.init(value: Value(unresolved: node), written: node, text: text, origin: .place(node.mark))
    }
}

extension GivenValue {
    /// The value of a node whose placeholders refer to another file's parameters.
    init(_ node: Node, from scope: Scope, _ diagnostics: inout Diagnostics) {
        guard node.hasPlaceholders else {
            self.init(node)
            return
        }
        let value = scope.value(of: node, &diagnostics)
        var text: String?
        if case .scalar(let template, _) = node.content {
            let name = try? Template.parse(template).get().onlyPlaceholder
            text = name.flatMap { try? scope.text(of: $0).get() } ?? value.description
            if value == .null { text = nil }
        }
        // Numbers and booleans keep their spelling; texts must not be searched for placeholders again.
        let isText = if case .string = value { true } else { false }
        self.init(
            value: value.literal,
            written: Node(content: .scalar(text ?? "", isPlain: text != nil && !isText), mark: node.mark),
            text: text.map { Value.string($0).literal.description }, origin: .place(node.mark))
    }
}

extension Node {
    /// True if a text in it has placeholders, or what looks like one.
    fileprivate var hasPlaceholders: Bool {
        switch content {
        case .scalar(let text, _): text.utf8.contains(UInt8(ascii: "$"))
        case .sequence(let nodes): nodes.contains(where: \.hasPlaceholders)
        case .mapping(let entries): entries.contains { $0.value.hasPlaceholders }
        }
    }
}

extension Value {
    /// The value with its texts escaped, so that nothing in them looks like a placeholder.
    fileprivate var literal: Value {
        switch self {
        case .string(let text): .string(text.replacing(text: "${", with: "$${"))
        case .list(let values): .list(values.map(\.literal))
        case .map(let entries): .map(entries.mapValues(\.literal))
        default: self
        }
    }

    /// The value of a node, without replacing placeholders.
    init(unresolved node: Node) {
        switch node.content {
        case .scalar(let text, let isPlain): self = Value(Scalar(text, isPlain: isPlain))
        case .sequence(let nodes): self = .list(nodes.map { Value(unresolved: $0) })
        case .mapping(let entries):
            self = .map(
                Dictionary(entries.map { ($0.key, Value(unresolved: $0.value)) }) { first, _ in first })
        }
    }
}
