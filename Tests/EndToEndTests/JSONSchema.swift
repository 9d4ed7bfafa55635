import Files
import StageSchemas
import TestSupport

/// Compares documents with the JSON Schemas in `Docs/schemas`, as far as those use the language: anything else in a schema is a
/// fault, so that nothing goes unchecked.
struct JSONSchemas {
    private let documents: [String: Value]

    /// The names of the schemas, without `definitions`.
    var names: Set<String> { Set(documents.keys).subtracting(["definitions"]) }

    /// The schemas of the repository.
    init() throws {
        let folder = FilePath(#filePath).parent.parent.parent.appending("Docs/schemas")
        var documents: [String: Value] = [:]
        for name in try FileSystem.names(in: folder) where name.hasSuffix(".json") {
            let text = try read(folder.appending(name))
            documents[String(name.dropLast(5))] = try Value(json: Array(text.utf8))
        }
        self.documents = documents
    }

    init(_ documents: [String: Value]) { self.documents = documents }

    /// What in a document is not as a schema says, each with its path; empty if it is valid.
    func faults(in value: Value, by name: String) -> [String] {
        guard let schema = documents[name] else { return ["there is no schema '\(name)'"] }
        return faults(value, schema, document: name, at: "")
    }

    private static let annotations: Set<String> = ["$schema", "$defs", "title", "description"]

    private func faults(_ value: Value, _ schema: Value, document: String, at path: String) -> [String] {
        guard case .map(let rules) = schema else { return ["\(path): a schema that is no object"] }
        return rules.sorted { $0.key < $1.key }.flatMap { name, rule -> [String] in
            Self.annotations.contains(name)
                ? [] : faults(value, name, rule, among: rules, document: document, at: path)
        }
    }

    private func faults(
        _ value: Value, _ name: String, _ rule: Value, among rules: [String: Value], document: String,
        at path: String
    ) -> [String] {
        switch (name, rule) {
        case ("$ref", .string(let reference)):
            let parts = reference.split(separator: "#/$defs/", omittingEmptySubsequences: false)
            let target = parts[0].isEmpty ? document : String(parts[0].dropLast(5))
            guard parts.count == 2,
                let definition = documents[target]?.member("$defs")?.member(String(parts[1]))
            else {
                return ["\(path): a reference to nothing, \(reference)"]
            }
            return faults(value, definition, document: target, at: path)
        case ("type", .string(let type)): return value.isOf(type) ? [] : ["\(path): not of the type \(type)"]
        case ("type", .list(let types)):
            let fits = types.contains { if case .string(let type) = $0 { value.isOf(type) } else { false } }
            return fits ? [] : ["\(path): of none of the types \(rule)"]
        case ("enum", .list(let values)):
            return values.contains(value.normalized) ? [] : ["\(path): \(value) is none of \(rule)"]
        case ("pattern", .string(let pattern)):
            guard case .string(let text) = value else { return [] }
            guard let expression = try? Regex(pattern) else {
                return ["\(path): a wrong pattern, \(pattern)"]
            }
            return text.firstMatch(of: expression) == nil ? ["\(path): '\(text)' does not match"] : []
        case ("minimum", .integer(let minimum)):
            return (value.number ?? Double(minimum)) < Double(minimum)
                ? ["\(path): \(value) is too small"] : []
        case ("anyOf", .list(let choices)):
            let all = choices.map { faults(value, $0, document: document, at: path) }
            return all.contains(where: \.isEmpty) ? [] : ["\(path): fits none: \(all)"]
        case ("items", _):
            guard case .list(let elements) = value else { return [] }
            return elements.enumerated().flatMap {
                faults($0.element, rule, document: document, at: "\(path)/\($0.offset)")
            }
        case ("required", .list(let names)):
            guard case .map(let entries) = value else { return [] }
            return names.filter { entries[$0.description] == nil }.map { "\(path): \($0) is missing" }
        case ("properties", .map(let properties)):
            guard case .map(let entries) = value else { return [] }
            return entries.flatMap { name, value in
                properties[name].map { faults(value, $0, document: document, at: path + "/" + name) } ?? []
            }
        case ("additionalProperties", _):
            guard case .map(let entries) = value else { return [] }
            var others = entries
            if case .map(let properties)? = rules["properties"] {
                for name in properties.keys { others[name] = nil }
            }
            if rule == .boolean(false) { return others.keys.map { "\(path): \($0) is not described" } }
            return others.flatMap { faults($0.value, rule, document: document, at: path + "/" + $0.key) }
        default: return ["\(path): the schema says \(name), which this test does not know"]
        }
    }
}

extension Value {
    fileprivate func member(_ name: String) -> Value? {
        if case .map(let entries) = self { entries[name] } else { nil }
    }

    fileprivate var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    fileprivate func isOf(_ type: String) -> Bool {
        switch (type, self) {
        case ("null", .null), ("boolean", .boolean), ("string", .string), ("array", .list), ("object", .map),
            ("integer", .integer), ("number", .integer), ("number", .number):
            true
        default: false
        }
    }
}
