import StageSchemas
import Texts
import YAML

/// A reference to other stages' outputs: `rows`, `split.folds`, `model[*].model`, `model[fold=0,seed=7].report`.
struct Reference: Equatable {
    /// The selected instances.
    enum Selector: Equatable {
        /// No brackets: the stage has no matrix.
        case none
        /// `[*]`.
        case all
        /// `[axis=value, …]`: the instances with these coordinates.
        case some([String: String])
    }

    let stage: String
    let selector: Selector
    let output: String?

    /// Parses a reference; nil if the text is not one.
    init?(_ text: String) {
        var rest = Substring(text)
        var selector = Selector.none
        var name = rest
        if let open = rest.firstIndex(ofASCII: "[") {
            guard let close = rest.firstIndex(ofASCII: "]"), open < close else { return nil }
            name = rest[..<open]
            let inner = rest[rest.utf8.index(after: open)..<close]
            if inner.utf8.elementsEqual("*".utf8) {
                selector = .all
            } else {
                var coordinates: [String: String] = [:]
                for part in inner.parts(between: ",") {
                    guard let equals = part.firstIndex(ofASCII: "=") else { return nil }
                    let axis = String(
                        decoding: part[..<equals].utf8.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
                    coordinates[axis] = String(part.suffix(after: equals))
                }
                selector = .some(coordinates)
            }
            rest = rest.suffix(after: close)
            guard rest.isEmpty || rest.beginsWith(".") else { return nil }
            output = rest.isEmpty ? nil : String(rest.suffix(after: rest.startIndex))
        } else if let dot = rest.firstIndex(ofASCII: ".") {
            name = rest[..<dot]
            output = String(rest.suffix(after: dot))
        } else {
            output = nil
        }
        stage = String(name)
        guard StageDeclaration.isName(stage), output != "" else { return nil }
        self.selector = selector
    }

    private init(stage: String, selector: Selector, output: String?) {
        self.stage = stage
        self.selector = selector
        self.output = output
    }

    /// The reference with the placeholders in its coordinates and its output replaced; nil after a mistake.
    func filled(from scope: Scope, _ mark: Mark, _ diagnostics: inout Diagnostics) -> Reference? {
        func filled(_ text: String) -> String? {
            switch Template.parse(text).flatMap({ scope.value(of: $0) }) {
            case .success(let value): return value.description
            case .failure(let error):
                diagnostics.add(error.message, at: mark)
                return nil
            }
        }
        var selector = selector
        if case .some(let coordinates) = selector {
            let values = coordinates.compactMapValues(filled)
            guard values.count == coordinates.count else { return nil }
            selector = .some(values)
        }
        guard let output else { return Reference(stage: stage, selector: selector, output: nil) }
        return filled(output).map { Reference(stage: stage, selector: selector, output: $0) }
    }
}
