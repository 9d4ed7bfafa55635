import StageSchemas

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
        if let open = rest.firstIndex(of: "[") {
            guard let close = rest.firstIndex(of: "]"), open < close else { return nil }
            name = rest[..<open]
            let inner = rest[rest.index(after: open)..<close]
            if inner == "*" {
                selector = .all
            } else {
                var coordinates: [String: String] = [:]
                for part in inner.split(separator: ",", omittingEmptySubsequences: false) {
                    guard let equals = part.firstIndex(of: "=") else { return nil }
                    let axis = part[..<equals].filter { $0 != " " }
                    coordinates[axis] = String(part[part.index(after: equals)...])
                }
                selector = .some(coordinates)
            }
            rest = rest[rest.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(".") else { return nil }
            output = rest.isEmpty ? nil : String(rest.dropFirst())
        } else if let dot = rest.firstIndex(of: ".") {
            name = rest[..<dot]
            output = String(rest[rest.index(after: dot)...])
        } else {
            output = nil
        }
        guard StageDeclaration.isName(String(name)), output != "" else { return nil }
        stage = String(name)
        self.selector = selector
    }
}
