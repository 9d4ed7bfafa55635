import StageSchemas
import YAML

/// Parameters whose values refer to other parameters.
extension Scope {
    /// How long a chain of references from one parameter to the next may be.
    static let maximumReferences = 1_000

    /// Replaces the placeholders in the parameters: first those that refer to nothing with placeholders, and so on.
    mutating func resolveReferences(at mark: Mark, _ diagnostics: inout Diagnostics) {
        let mistakes = diagnostics.errors.count
        var open = OpenTexts()
        for (name, value) in parameters { open.insert(all: value, id: name, names: [name]) }
        for _ in 0...Self.maximumReferences {
            if open.ids.isEmpty { return }
            let now = self
            var left = OpenTexts()
            for name in parameters.keys.sorted() {
                guard let value = now.parameters[name] else { continue }
                parameters[name] = now.resolved(
                    value, id: name, names: [name], open, &left, mark, &diagnostics)
            }
            guard diagnostics.errors.count == mistakes else { return }
            guard left.ids.count < open.ids.count else {
                return diagnostics.add("parameters: their references form a cycle", at: mark)
            }
            open = left
        }
        diagnostics.add(
            "parameters: a chain of references is longer than \(Self.maximumReferences) steps", at: mark)
    }

    private func resolved(
        _ value: Value, id: String, names: [String], _ open: OpenTexts, _ left: inout OpenTexts, _ mark: Mark,
        _ diagnostics: inout Diagnostics
    ) -> Value {
        switch value {
        case .string(let text) where open.ids.contains(id):
            switch Template.parse(text).flatMap({ self.value(of: $0, unlessOpen: open) }) {
            case .success(let value?): return diagnostics.admits(value, at: mark) ? value : .null
            case .success(nil):
                left.insert(id, names)
                return value
            case .failure(let error):
                diagnostics.add(error.message, at: mark)
                return .null
            }
        case .list(let values):
            return .list(
                values.enumerated().map { position, value in
                    resolved(value, id: "\(id)[\(position)]", names: names, open, &left, mark, &diagnostics)
                })
        case .map(let entries):
            var result: [String: Value] = [:]
            for (name, value) in entries {
                let inner = "\(id).\(name)"
                result[name] = resolved(
                    value, id: inner, names: names + [inner], open, &left, mark, &diagnostics)
            }
            return .map(result)
        default: return value
        }
    }

    /// The value of a template; nil if it refers to something that has placeholders itself.
    private func value(
        of template: Template, unlessOpen open: OpenTexts
    ) -> Result<Value?, TemplateError> {
        let waits = template.segments.contains { segment in
            if case .placeholder(let name) = segment { open.names.contains(name) } else { false }
        }
        return waits ? .success(nil) : value(of: template).map { $0 }
    }
}

/// The texts whose placeholders have not been replaced yet.
private struct OpenTexts {
    /// The texts themselves.
    private(set) var ids: Set<String> = []
    /// The dotted names of the texts and of the maps and lists around them.
    private(set) var names: Set<String> = []

    mutating func insert(_ id: String, _ names: [String]) {
        ids.insert(id)
        self.names.formUnion(names)
    }

    mutating func insert(all value: Value, id: String, names: [String]) {
        switch value {
        case .string(let text):
            if text.utf8.contains(UInt8(ascii: "$")) { insert(id, names) }
        case .list(let values):
            for (position, value) in values.enumerated() {
                insert(all: value, id: "\(id)[\(position)]", names: names)
            }
        case .map(let entries):
            for (name, value) in entries {
                insert(all: value, id: "\(id).\(name)", names: names + ["\(id).\(name)"])
            }
        default: break
        }
    }
}
