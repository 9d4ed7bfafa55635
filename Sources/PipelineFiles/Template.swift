/// Text with `${…}` placeholders; `$${` stands for a literal `${`.
struct Template: Sendable {
    enum Segment: Sendable, Equatable {
        case text(String)
        case placeholder(String)
    }

    let segments: [Segment]

    /// The one placeholder that is the whole text, if that is so: its value keeps its type.
    var onlyPlaceholder: String? {
        guard segments.count == 1, case .placeholder(let name) = segments[0] else { return nil }
        return name
    }

    /// A template of its text, or nil with the reason where a placeholder is not closed or empty.
    static func parse(_ text: String) -> Result<Template, TemplateError> {
        guard text.utf8.contains(UInt8(ascii: "$")) else {
            return .success(Template(segments: text.isEmpty ? [] : [.text(text)]))
        }
        var segments: [Segment] = []
        var literal = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            literal += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                literal += "${"
                rest = rest.dropFirst(3)
                // The brace that closes the shell's own is text like any other.
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    return .failure(
                        TemplateError(message: "'${' is not closed; write $${ for the shell's own"))
                }
                let name = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
                guard !name.isEmpty, name.allSatisfy({ isNameCharacter($0) }) else {
                    return .failure(
                        TemplateError(
                            message: "bad placeholder '\(rest[...end])'; write $${ for the shell's own"))
                }
                if !literal.isEmpty { segments.append(.text(literal)) }
                literal = ""
                segments.append(.placeholder(String(name)))
                rest = rest[rest.index(after: end)...]
            } else {
                literal += "$"
                rest = rest.dropFirst()
            }
        }
        literal += rest
        if !literal.isEmpty { segments.append(.text(literal)) }
        return .success(Template(segments: segments))
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }
}

/// Why a text is no template.
struct TemplateError: Error, Sendable {
    let message: String
}
