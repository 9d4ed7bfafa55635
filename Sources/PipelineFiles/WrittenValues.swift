import StageSchemas
import YAML

/// How scalar parameters were written, by their dotted names: `1.10` is a number, and still a command gets `1.10`.
struct WrittenValues: Sendable {
    private var texts: [String: String] = [:]
    private var references: [String: String] = [:]

    init() {}

    /// The scalars of a file's parameters.
    init(_ entries: [Node.Entry]) { add(entries, prefix: "") }

    private mutating func add(_ entries: [Node.Entry], prefix: String) {
        for entry in entries { add(prefix + entry.key, entry.value) }
    }

    /// Records how a parameter's new value is written.
    mutating func replace(_ name: String, with node: Node) {
        let inside = name + "."
        texts = texts.filter { $0.key != name && !$0.key.hasUTF8Prefix(inside) }
        references = references.filter { $0.key != name && !$0.key.hasUTF8Prefix(inside) }
        add(name, node)
    }

    private mutating func add(_ name: String, _ node: Node) {
        switch node.content {
        case .scalar(let text, let isPlain): set(name, text, isPlain: isPlain)
        case .mapping(let inner): add(inner, prefix: name + ".")
        case .sequence: break
        }
    }

    private mutating func set(_ name: String, _ text: String, isPlain: Bool) {
        if case .success(let template) = Template.parse(text), let other = template.onlyPlaceholder {
            references[name] = other
        } else if isPlain, !text.utf8.contains(UInt8(ascii: "$")) {
            texts[name] = text
        }
    }

    /// How a parameter's value is written, if it is a scalar, its own or that of a parameter that it refers to.
    subscript(name: String) -> String? {
        var name = name
        for _ in 0..<Scope.maximumReferences {
            if let text = texts[name] { return text }
            guard let other = references[name] else { return nil }
            name = other
        }
        return nil
    }
}

extension String {
    /// True if the text begins with these bytes.
    func hasUTF8Prefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}
