/// What one Swift file imports, and the stage kinds that it declares.
struct SourceScan {
    /// The modules it imports.
    var imports: Set<String> = []
    /// True where a type in it conforms to `StageKind`.
    var hasStageKind = false
    /// The names in `StageSchema(name: "…"`.
    var kindNames: [String] = []

    private static let importable: Set = [
        "struct", "enum", "class", "protocol", "typealias", "func", "let", "var", "actor",
    ]

    init(_ bytes: [UInt8]) {
        let tokens = SwiftTokens.tokens(of: bytes)
        collectImports(tokens)
        collectKinds(tokens)
    }

    private mutating func collectImports(_ tokens: [SwiftToken]) {
        for (index, token) in tokens.enumerated() where token == .word("import") {
            let followsDot = index > 0 && tokens[index - 1] == .mark(UInt8(ascii: "."))
            guard !followsDot, index + 1 < tokens.count, var module = tokens[index + 1].word else { continue }
            // import struct Module.Name
            if Self.importable.contains(module), index + 2 < tokens.count {
                module = tokens[index + 2].word ?? module
            }
            imports.insert(module)
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
}

extension SwiftToken {
    /// The name or keyword, where it is one.
    var word: String? {
        guard case .word(let word) = self else { return nil }
        return word
    }
}
