/// Text with `${…}` placeholders; `$${` stands for a literal `${`.
struct Template: Sendable {
    enum Segment: Sendable, Equatable {
        case text(String)
        case placeholder(String)
    }

    let segments: [Segment]

    /// The placeholder that makes up the whole text, if so: its value keeps its type.
    var onlyPlaceholder: String? {
        guard segments.count == 1, case .placeholder(let name) = segments[0] else { return nil }
        return name
    }

    /// Parses a template, or says why a placeholder is invalid.
    ///
    /// - Parameter allowsRaw: true if a name may have `raw:` before it.
    static func parse(_ text: String, allowsRaw: Bool = false) -> Result<Template, TemplateError> {
        guard text.utf8.contains(UInt8(ascii: "$")) else {
            return .success(Template(segments: text.isEmpty ? [] : [.text(text)]))
        }
        var segments: [Segment] = []
        var literal = ""
        let bytes = text.utf8
        // The start of the text that is neither in a segment nor in `literal` yet.
        var start = bytes.startIndex
        while let dollar = bytes[start...].firstIndex(of: UInt8(ascii: "$")) {
            literal += text[start..<dollar]
            start = bytes.index(after: dollar)
            let sign = byte(at: start, in: bytes)
            if sign == UInt8(ascii: "$"),
                byte(at: bytes.index(after: start), in: bytes) == UInt8(ascii: "{")
            {
                // The brace that closes the shell's own placeholder is ordinary text.
                literal += "${"
                start = bytes.index(start, offsetBy: 2)
            } else if sign == UInt8(ascii: "{") {
                guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "}")) else {
                    return .failure(
                        TemplateError(
                            message: "'${' is not closed; write $${ for the shell's own",
                            text: String(text[dollar...])))
                }
                let name = text[bytes.index(after: start)..<end]
                let isRaw = allowsRaw && name.utf8.starts(with: "raw:".utf8)
                let bare = isRaw ? name.utf8.dropFirst(4) : name.utf8[...]
                guard !bare.isEmpty, bare.allSatisfy({ isNameByte($0) }) else {
                    return .failure(
                        TemplateError(
                            message: "bad placeholder '\(text[dollar...end])'; write $${ for the shell's own",
                            text: String(text[dollar...end])))
                }
                if !literal.isEmpty { segments.append(.text(literal)) }
                literal = ""
                segments.append(.placeholder(String(name)))
                start = bytes.index(after: end)
            } else {
                literal += "$"
            }
        }
        literal += text[start...]
        if !literal.isEmpty { segments.append(.text(literal)) }
        return .success(Template(segments: segments))
    }

    private static func byte(at index: String.Index, in bytes: String.UTF8View) -> UInt8? {
        index < bytes.endIndex ? bytes[index] : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Why a text is not a valid template.
struct TemplateError: Error, Sendable {
    let message: String
    /// The text from the placeholder that is wrong; empty if it is not known.
    var text = ""
}
