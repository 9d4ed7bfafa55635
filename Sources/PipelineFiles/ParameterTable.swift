import StageSchemas
import Texts
import YAML

/// The parameters of a file: their defaults, what their values may be, and the values given instead.
struct ParameterTable {
    /// A parameter in the file's order.
    struct Row {
        let name: String
        let mark: Mark
        let declaration: ParameterDeclaration?
    }

    private var values: Value
    private let defaults: Value
    private var written: WrittenValues
    private var declarations: [String: ParameterDeclaration] = [:]
    /// The parameters, and declared entries of maps, in the file's order.
    private(set) var rows: [Row] = []
    /// Where values other than defaults came from.
    private var origins: [String: GivenValue.Origin] = [:]
    /// The position of `parameters:`, or of the file if it has none.
    let mark: Mark

    /// The parameters under `parameters:`; mistakes are added to `diagnostics`.
    ///
    /// - Parameter rootMark: where the file begins.
    init(_ node: Node?, _ rootMark: Mark, _ diagnostics: inout Diagnostics) {
        mark = node?.mark ?? rootMark
        var entries: [Node.Entry] = []
        switch node?.content {
        case .mapping(let found)?: entries = found
        case nil: break
        case .some:
            diagnostics.add("parameters: expected a map from names to values", at: mark)
        }
        entries = Self.defaults(of: entries, prefix: "", &rows, &diagnostics)
        values = Value(unresolved: Node(content: .mapping(entries), mark: mark))
        defaults = values
        written = WrittenValues(entries)
        for row in rows { declarations[row.name] = row.declaration }
    }

    /// The entries with declarations replaced by their defaults.
    private static func defaults(
        of entries: [Node.Entry], prefix: String, _ rows: inout [Row], _ diagnostics: inout Diagnostics
    ) -> [Node.Entry] {
        entries.map { entry in
            let name = prefix + entry.key
            guard case .mapping(let fields) = entry.value.content else {
                if prefix.isEmpty { rows.append(Row(name: name, mark: entry.mark, declaration: nil)) }
                return entry
            }
            guard ParameterDeclaration.isDeclaration(fields) else {
                let count = rows.count
                let inner = defaults(of: fields, prefix: name + ".", &rows, &diagnostics)
                if prefix.isEmpty, rows.count == count {
                    rows.append(Row(name: name, mark: entry.mark, declaration: nil))
                }
                return Node.Entry(
                    key: entry.key, mark: entry.mark,
                    value: Node(content: .mapping(inner), mark: entry.value.mark))
            }
            let declaration = ParameterDeclaration(entry, fields, &diagnostics)
            rows.append(Row(name: name, mark: entry.mark, declaration: declaration))
            return Node.Entry(key: entry.key, mark: entry.mark, value: declaration.standard)
        }
    }

    /// Sets a parameter, or an entry within one, by its dotted name.
    ///
    /// - Returns: why it cannot be set; nil if it was.
    mutating func set(_ path: String, to given: GivenValue) -> String? {
        guard values != .map([:]) else { return "the pipeline has no parameters" }
        let names = path.parts(between: ".", omitsEmpty: true)
        if let message = Self.set(names[...], of: &values, to: given, isText: declarations[path]?.isText) {
            return message
        }
        origins = origins.filter { !$0.key.hasUTF8Prefix(path + ".") }
        origins[path] = given.origin
        written.replace(path, with: given.written)
        return nil
    }

    /// Sets the parameters that the entries of a parameter file name; nested maps set entries of maps.
    mutating func set(_ entries: [Node.Entry], _ diagnostics: inout Diagnostics) {
        set(entries, prefix: "", &diagnostics) { node, _ in GivenValue(node) }
    }

    /// Sets the parameters of an include, whose placeholders refer to the including file.
    mutating func set(_ entries: [Node.Entry], from scope: Scope, _ diagnostics: inout Diagnostics) {
        set(entries, prefix: "", &diagnostics) { node, diagnostics in
            GivenValue(node, from: scope, &diagnostics)
        }
    }

    private mutating func set(
        _ entries: [Node.Entry], prefix: String, _ diagnostics: inout Diagnostics,
        _ given: (Node, inout Diagnostics) -> GivenValue
    ) {
        for entry in entries {
            let name = prefix + entry.key
            if entry.key.utf8.contains(UInt8(ascii: ".")) || entry.key.isEmpty {
                diagnostics.add(
                    "'\(entry.key)': write a dotted name as nested maps", at: entry.mark)
            } else if case .mapping(let inner) = entry.value.content, declarations[name] == nil,
                case .map(let known)? = value(at: name), !known.isEmpty
            {
                set(inner, prefix: name + ".", &diagnostics, given)
            } else if let message = set(name, to: given(entry.value, &diagnostics)) {
                diagnostics.add(
                    message.hasUTF8Prefix("unknown") ? message : "\(name): \(message)", at: entry.mark)
            }
        }
    }

    /// The parameters as a scope, after references between them are replaced and values are checked.
    func scope(_ diagnostics: inout Diagnostics) -> Scope {
        guard case .map(let unresolved) = values else { return Scope() }
        var scope = Scope(parameters: unresolved)
        scope.written = written
        let mistakes = diagnostics.errors.count
        scope.resolveReferences(at: mark, &diagnostics)
        guard diagnostics.errors.count == mistakes else { return scope }
        for row in rows {
            guard let declaration = row.declaration, !check(row.name, declaration, scope, &diagnostics) else {
                continue
            }
            Self.put(declaration.standIn, at: row.name.parts(between: ".")[...], in: &scope.parameters)
        }
        return scope
    }

    /// True if the value of a parameter is valid; otherwise, a mistake is added.
    private func check(
        _ name: String, _ declaration: ParameterDeclaration, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> Bool {
        let origin = origin(of: name)
        guard origin != nil || !declaration.isRequired else {
            diagnostics.add(
                "\(name): needs a value, \(declaration.phrase): --set \(name)=… or --params FILE, or parameters: "
                    + "of an include", at: declaration.mark)
            return false
        }
        guard case .success(let value) = scope.value(of: name),
            let message = declaration.message(against: value)
        else { return true }
        switch origin {
        case .option(let option)?: diagnostics.add("\(option) \(name): \(message)", at: declaration.mark)
        case .place(let mark)?: diagnostics.add("\(name): \(message)", at: mark)
        case nil: diagnostics.add("\(name): \(message)", at: declaration.standard.mark)
        }
        return false
    }

    private static func put(
        _ value: Value, at path: ArraySlice<String>, in entries: inout [String: Value]
    ) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            entries[name] = value
            return
        }
        guard case .map(var inner)? = entries[name] else { return }
        put(value, at: path.dropFirst(), in: &inner)
        entries[name] = .map(inner)
    }

    /// Where the value of a parameter, or of a map that it is in, came from; nil if it is the default.
    private func origin(of name: String) -> GivenValue.Origin? {
        var parts = name.parts(between: ".")
        while !parts.isEmpty {
            if let origin = origins[parts.joined(separator: ".")] { return origin }
            parts.removeLast()
        }
        return nil
    }

    private func value(at name: String) -> Value? { Self.value(at: name, in: values) }

    /// The default of a parameter.
    func standard(at name: String) -> Value { Self.value(at: name, in: defaults) ?? .null }

    private static func value(at name: String, in values: Value) -> Value? {
        var value = values
        for part in name.parts(between: ".") {
            guard case .map(let entries) = value, let inner = entries[part] else { return nil }
            value = inner
        }
        return value
    }

    private static func set(
        _ path: ArraySlice<String>, of value: inout Value, to given: GivenValue, isText: Bool?
    ) -> String? {
        guard let name = path.first else {
            if let isText {
                // It is checked when references are replaced.
                value = isText ? given.asText : given.value
                return nil
            }
            guard value.admits(given) else {
                return "expected \(value.typeName), not \(given.value.typeName)"
            }
            if case .string = value { value = given.asText } else { value = given.value }
            return nil
        }
        guard case .map(var entries) = value else { return "there is no entry '\(name)'" }
        guard var inner = entries[name] else {
            let known = entries.keys.sorted()
            return "unknown parameter '\(name)'"
                + (didYouMean(name, among: known) ?? "; the parameters are \(known.joined(separator: ", "))")
        }
        let message = set(path.dropFirst(), of: &inner, to: given, isText: isText)
        entries[name] = inner
        value = .map(entries)
        return message
    }
}

extension GivenValue {
    /// The value of a parameter that takes a text, such as `007`.
    fileprivate var asText: Value {
        guard value != .null, let text else { return value }
        // Quotation marks are not part of the text.
        if case .string = value, case .scalar(_, isPlain: false) = written.content { return value }
        return .string(text)
    }
}

extension Value {
    /// True if a value can replace this default.
    fileprivate func admits(_ given: GivenValue) -> Bool {
        switch (self, given.value) {
        // What a placeholder stands for is not known yet.
        case (.string(let text), .list), (.string(let text), .map):
            given.text != nil || text.utf8.contains(UInt8(ascii: "$"))
        case (.null, _), (_, .null), (.boolean, .boolean), (.string, _), (.list, .list), (.map, .map): true
        case (.integer, .integer), (.number, .integer), (.number, .number): true
        // The default may happen to be an integer, or a placeholder.
        case (.integer, .number): true
        default: false
        }
    }
}
