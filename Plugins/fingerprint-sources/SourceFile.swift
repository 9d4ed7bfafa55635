/// The contribution of a source file to fingerprints.
struct SourceFile {
    /// Its path below the module's folder.
    let path: String
    /// The digest of its tokens; of a file in no known language, of its bytes.
    let digest: String
    /// The modules it imports.
    private(set) var imports: Set<String> = []
    /// True if a type in it conforms to `StageKind`.
    private(set) var hasStageKind = false
    /// The names in `StageSchema(name: "…"`.
    private(set) var kindNames: [String] = []

    private static let importable: Set = [
        "actor", "class", "enum", "func", "let", "protocol", "struct", "typealias", "var",
    ]

    init(path: String, bytes: [UInt8]) {
        self.path = path
        guard let language = SourceLanguage(file: path) else {
            digest = SHA256.digest(of: bytes)
            return
        }
        let tokens = language.tokens(of: bytes)
        digest = SHA256.digest(of: Self.encoding(tokens))
        if language == .swift {
            collectImports(tokens)
            collectKinds(tokens)
        }
    }

    /// The tokens, each with its length, so that neighbors cannot run into each other.
    private static func encoding(_ tokens: [SourceToken]) -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens {
            bytes.append(token.kind.rawValue)
            bytes.append(token.spacing)
            withUnsafeBytes(of: UInt32(token.text.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: token.text)
        }
        return bytes
    }

    private mutating func collectImports(_ tokens: [SourceToken]) {
        for index in tokens.indices.dropLast() where tokens[index].isWord("import") {
            guard index == 0 || !tokens[index - 1].isMark("."), var module = tokens[index + 1].word else {
                continue
            }
            // import struct Module.Name
            if Self.importable.contains(module), index + 2 < tokens.count {
                module = tokens[index + 2].word ?? module
            }
            imports.insert(module)
        }
    }

    private mutating func collectKinds(_ tokens: [SourceToken]) {
        var isInConformances = false
        for (index, token) in tokens.enumerated() {
            if token.isMark(":") {
                isInConformances = true
            } else if token.isMark("{") || token.isMark("}") || token.isMark("(") {
                isInConformances = false
            } else if token.isWord("StageKind"), isInConformances, index + 1 < tokens.count {
                // `any StageKind` and generic constraints declare no kind.
                let ends = tokens[index + 1].isMark("{") || tokens[index + 1].isMark(",")
                if ends, !tokens[index - 1].isWord("any") { hasStageKind = true }
            } else if token.isWord("StageSchema"), index + 4 < tokens.count, tokens[index + 1].isMark("("),
                tokens[index + 2].isWord("name"), tokens[index + 3].isMark(":"),
                let name = tokens[index + 4].string
            {
                kindNames.append(name)
            }
        }
    }
}
