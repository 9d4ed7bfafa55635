/// What one Swift file declares, mentions and imports.
struct SourceScan {
    /// A member, conformance or operator that an `extension` adds to a type.
    struct Extension {
        var type: String
        var members: Set<String> = []
        /// True where it adds what is used without a name: an initialiser, a subscript, an operator, a conformance.
        var isUsedWithoutName = false
    }

    /// The modules it imports.
    var imports: Set<String> = []
    /// Every name in it.
    var words: Set<String> = []
    /// Names that do not follow a dot: types, functions, variables.
    var freeWords: Set<String> = []
    /// Free names that a parenthesis follows.
    var calls: Set<String> = []
    /// The types that it declares for the whole module.
    var types: Set<String> = []
    /// The functions and variables that it declares for the whole module.
    var globals: Set<String> = []
    /// Everything it declares, at any depth.
    var declared: Set<String> = []
    /// What it adds to types.
    var extensions: [Extension] = []
    /// True where it declares an operator for the whole module.
    var declaresOperator = false
    /// True where a type in it conforms to `StageKind`.
    var hasStageKind = false
    /// The names in `StageSchema(name: "…"`.
    var kindNames: [String] = []

    private static let typeKeywords: Set = ["struct", "enum", "class", "actor", "protocol", "typealias"]
    private static let valueKeywords: Set = ["func", "let", "var", "case"]

    init(_ bytes: [UInt8]) {
        let tokens = SwiftTokens.tokens(of: bytes)
        collectWords(tokens)
        collectKinds(tokens)
        collectDeclarations(tokens)
    }

    private mutating func collectWords(_ tokens: [SwiftToken]) {
        for (index, token) in tokens.enumerated() {
            guard case .word(let word) = token else { continue }
            words.insert(word)
            let followsDot = index > 0 && tokens[index - 1] == .mark(UInt8(ascii: "."))
            let next = index + 1 < tokens.count ? tokens[index + 1] : .mark(0)
            if !followsDot && next != .mark(UInt8(ascii: ":")) {
                freeWords.insert(word)
                if next == .mark(UInt8(ascii: "(")) { calls.insert(word) }
            }
            if word == "import", !followsDot, var module = next.word {
                // import struct Module.Name
                if Self.typeKeywords.union(Self.valueKeywords).contains(module), index + 2 < tokens.count {
                    module = tokens[index + 2].word ?? module
                }
                imports.insert(module)
            }
        }
    }

    private mutating func collectKinds(_ tokens: [SwiftToken]) {
        var isInConformances = false
        for (index, token) in tokens.enumerated() {
            switch token {
            case .mark(UInt8(ascii: ":")): isInConformances = true
            case .mark(UInt8(ascii: "{")), .mark(UInt8(ascii: "}")), .mark(UInt8(ascii: "(")):
                isInConformances = false
            case .word("StageKind") where isInConformances:
                // `any StageKind` and generic constraints declare no kind.
                if tokens[index - 1] != .word("any"), index + 1 < tokens.count,
                    tokens[index + 1] == .mark(UInt8(ascii: "{"))
                        || tokens[index + 1] == .mark(UInt8(ascii: ","))
                {
                    hasStageKind = true
                }
            case .word("StageSchema"):
                let following = tokens.dropFirst(index + 1).prefix(4)
                guard
                    following.starts(with: [
                        .mark(UInt8(ascii: "(")), .word("name"), .mark(UInt8(ascii: ":")),
                    ]), case .string(let name)? = following.last
                else { continue }
                kindNames.append(name)
            default: continue
            }
        }
    }

    private mutating func collectDeclarations(_ tokens: [SwiftToken]) {
        var depth = 0
        var isPrivate = false
        var current: Extension?
        var index = 0
        while index < tokens.count {
            defer { index += 1 }
            let next: SwiftToken = index + 1 < tokens.count ? tokens[index + 1] : .mark(0)
            switch tokens[index] {
            case .mark(UInt8(ascii: "{")): depth += 1
            case .mark(UInt8(ascii: "}")):
                depth -= 1
                isPrivate = false
                if depth == 0, let finished = current {
                    extensions.append(finished)
                    current = nil
                }
            case .word("private"), .word("fileprivate"):
                // private(set) leaves the getter visible.
                isPrivate = next != .mark(UInt8(ascii: "("))
            case .word("extension") where depth == 0:
                guard let type = next.word else { continue }
                let header = tokens[index...].prefix { $0 != .mark(UInt8(ascii: "{")) }
                if !isPrivate {
                    current = Extension(type: type)
                    current?.isUsedWithoutName = header.contains(.mark(UInt8(ascii: ":")))
                }
                isPrivate = false
            case .word("init"), .word("subscript"):
                if depth == 1, !isPrivate { current?.isUsedWithoutName = true }
                if depth == 1 { isPrivate = false }
            case .word(let keyword) where Self.typeKeywords.contains(keyword):
                guard let name = next.word, name != "func", name != "var", name != "let" else { continue }
                declared.insert(name)
                if depth == 0 && !isPrivate { types.insert(name) }
                if depth == 1 && !isPrivate { current?.members.insert(name) }
                isPrivate = false
            case .word(let keyword) where Self.valueKeywords.contains(keyword):
                if let name = next.word {
                    declared.insert(name)
                    if depth == 0 && !isPrivate { globals.insert(name) }
                    if depth == 1 && !isPrivate { current?.members.insert(name) }
                } else if keyword == "func" {
                    if depth == 0 { declaresOperator = true }
                    if depth == 1 { current?.isUsedWithoutName = true }
                }
                isPrivate = false
            default: continue
            }
        }
    }
}

extension SwiftToken {
    /// The name or keyword, where it is one.
    var word: String? {
        guard case .word(let word) = self else { return nil }
        return word
    }
}
