import Dataflow
import StageSchemas
import Texts
import YAML

/// The values that `${…}` can refer to: the pipeline's parameters and, in a matrix, the coordinates.
struct Scope: Sendable {
    /// The longest text that placeholders may expand to.
    private static let maximumText = 16 << 20
    /// Names that do not mean parameters, or not always.
    private static let reserved = ["matrix", "each", folderName]
    /// The name of the file's folder.
    private static let folderName = "here"

    var parameters: [String: Value]
    var written = WrittenValues()
    /// The folder of the file, as a path from the working directory: `${here}`, unless a parameter has this name.
    var folder = "."
    var coordinates: [String: Value] = [:]
    /// How the coordinates are written in the file, if known.
    var writtenCoordinates: [String: String] = [:]

    /// The elements of lists, by their axes under `each:`.
    var elements: [String: Element] = [:]

    /// An element of a list.
    enum Element {
        case known(Value)
        /// The list is not known, so that the stage stands for all of its instances.
        case unknown
    }

    init(parameters: [String: Value] = [:]) { self.parameters = parameters }

    /// The value of a dotted name, or a message saying why there is none.
    func value(of name: String) -> Result<Value, TemplateError> {
        // As a rule, it is a parameter, or an axis, and no part of one.
        if !name.utf8.contains(UInt8(ascii: ".")) {
            if let value = parameters[name], !Self.reserved.contains(name) { return .success(value) }
        } else if name.hasUTF8Prefix("matrix."), let value = coordinates[Self.axis(name)] {
            return .success(value)
        }
        let parts = name.parts(between: ".")
        if parts[0] == "matrix" {
            guard parts.count > 1, let value = Self.value(at: parts.dropFirst(), in: coordinates) else {
                let known =
                    coordinates.isEmpty ? "the stage has no matrix" : "its axes are " + names(coordinates)
                return .failure(TemplateError(message: "unknown '${\(name)}': \(known)"))
            }
            return .success(value)
        }
        if parts[0] == "each", !elements.isEmpty || parameters["each"] == nil {
            return element(parts.dropFirst(), name)
        }
        if parts == [Self.folderName], parameters[Self.folderName] == nil { return .success(.string(folder)) }
        var value = Value.map(parameters)
        for (depth, part) in parts.enumerated() {
            guard case .map(let entries) = value, let inner = entries[part] else {
                var hint = ""
                if case .map(let entries) = value {
                    let prefix = parts[..<depth].map { $0 + "." }.joined()
                    hint =
                        didYouMean(part, among: entries.keys.sorted(), spelled: { "${\(prefix)\($0)}" })
                        ?? "; the parameters are \(names(entries))"
                    if entries.isEmpty { hint = "; the pipeline has no parameters" }
                }
                return .failure(TemplateError(message: "unknown '${\(name)}'\(hint)"))
            }
            value = inner
        }
        return .success(value)
    }

    /// What is behind `matrix.`.
    private static func axis(_ name: String) -> String { String(name.utf8.dropFirst(7)) ?? "" }

    /// The element of a list, or a part of one.
    private func element(_ path: ArraySlice<String>, _ name: String) -> Result<Value, TemplateError> {
        switch path.first.flatMap({ elements[$0] }) {
        case .unknown?: return .success(StageID.unknown)
        case .known(let value)?:
            guard path.count > 1 else { return .success(value) }
            if case .map(let fields) = value {
                if let inner = Self.value(at: path.dropFirst(), in: fields) { return .success(inner) }
                return .failure(
                    TemplateError(message: "unknown '${\(name)}': the elements have \(names(fields))"))
            }
            return .failure(
                TemplateError(message: "unknown '${\(name)}': the elements are \(value.typeName) each"))
        case nil:
            let known =
                elements.isEmpty
                ? "the stage has no each:"
                : "its axes are " + elements.keys.sorted().joined(separator: ", ")
            return .failure(TemplateError(message: "unknown '${\(name)}': \(known)"))
        }
    }

    /// The value that a path leads to, through maps.
    private static func value(at path: ArraySlice<String>, in entries: [String: Value]) -> Value? {
        guard let first = path.first, let value = entries[first] else { return nil }
        let rest = path.dropFirst()
        if rest.isEmpty { return value }
        guard case .map(let inner) = value else { return nil }
        return self.value(at: rest, in: inner)
    }

    /// The value of a dotted name as part of a text: a number as it was written, a list or a map as JSON.
    func text(of name: String) -> Result<String, TemplateError> {
        value(of: name).flatMap { text(of: name, $0) }
    }

    /// The value of a dotted name as part of a text.
    func text(of name: String, _ value: Value) -> Result<String, TemplateError> {
        switch value {
        case .null:
            return .failure(
                TemplateError(message: "'${\(name)}' is null, which cannot be part of a text"))
        case .boolean, .integer, .number:
            let isMatrix = name.hasUTF8Prefix("matrix.")
            let text = isMatrix ? writtenCoordinates[Self.axis(name)] : written[name]
            return .success(text ?? value.description)
        case .string, .list, .map: return .success(value.description)
        }
    }

    /// The text with all placeholders replaced; a single placeholder keeps its type.
    func value(of template: Template) -> Result<Value, TemplateError> {
        if let name = template.onlyPlaceholder { return value(of: name) }
        var text = ""
        for segment in template.segments {
            switch segment {
            case .text(let literal): text += literal
            case .placeholder(let name):
                switch self.text(of: name) {
                case .success(let value): text += value
                case .failure(let error): return .failure(error)
                }
            }
            guard text.utf8.count <= Self.maximumText else {
                return .failure(
                    TemplateError(
                        message: "the placeholders expand to more than \(Self.maximumText >> 20) MiB"))
            }
        }
        return .success(.string(text))
    }

    private func names(_ values: [String: Value]) -> String { values.keys.sorted().joined(separator: ", ") }
}

extension Scope {
    /// The value of a node with placeholders replaced; mistakes are added to `diagnostics` and yield null.
    func value(of node: Node, _ diagnostics: inout Diagnostics) -> Value {
        switch node.content {
        case .scalar(let text, let isPlain):
            guard text.utf8.contains(UInt8(ascii: "$")) else { return Value(Scalar(text, isPlain: isPlain)) }
            switch Template.parse(text).flatMap({ value(of: $0) }) {
            case .success(let value): return diagnostics.admits(value, at: node.mark) ? value : .null
            case .failure(let error):
                diagnostics.add(error.message, at: node.mark)
                return .null
            }
        case .sequence(let nodes): return .list(nodes.map { value(of: $0, &diagnostics) })
        case .mapping(let entries):
            var result: [String: Value] = [:]
            for entry in entries { result[entry.key] = value(of: entry.value, &diagnostics) }
            return .map(result)
        }
    }
}

extension Value {
    /// The value of a YAML scalar.
    init(_ scalar: Scalar) {
        switch scalar {
        case .null: self = .null
        case .boolean(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .number(number)
        case .string(let text): self = .string(text)
        }
    }
}
