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
        let bytes = Array(text.utf8)
        guard bytes.contains(UInt8(ascii: "$")) else {
            return .success(Template(segments: text.isEmpty ? [] : [.text(text)]))
        }
        var segments: [Segment] = []
        var literal: [UInt8] = []
        // The start of the text that is neither in a segment nor in `literal` yet.
        var start = 0
        while let dollar = bytes[start...].firstIndex(of: UInt8(ascii: "$")) {
            literal += bytes[start..<dollar]
            start = dollar + 1
            let next = bytes[start...].prefix(2)
            if next.elementsEqual("${".utf8) {
                // The brace that closes the shell's own placeholder is ordinary text.
                literal += next
                start += 2
            } else if next.first == UInt8(ascii: "{") {
                guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "}")) else {
                    return .failure(
                        TemplateError(
                            message: "'${' is not closed; write $${ for the shell's own",
                            text: String(decoding: bytes[dollar...], as: UTF8.self)))
                }
                let name = bytes[(start + 1)..<end]
                let isRaw = allowsRaw && name.starts(with: "raw:".utf8)
                let bare = isRaw ? name.dropFirst(4) : name
                guard !bare.isEmpty, bare.allSatisfy({ isNameByte($0) }) else {
                    let written = String(decoding: bytes[dollar...end], as: UTF8.self)
                    return .failure(
                        TemplateError(
                            message: "bad placeholder '\(written)'; write $${ for the shell's own",
                            text: written))
                }
                if !literal.isEmpty { segments.append(.text(String(decoding: literal, as: UTF8.self))) }
                literal = []
                segments.append(.placeholder(String(decoding: name, as: UTF8.self)))
                start = end + 1
            } else {
                literal.append(UInt8(ascii: "$"))
            }
        }
        literal += bytes[start...]
        if !literal.isEmpty { segments.append(.text(String(decoding: literal, as: UTF8.self))) }
        return .success(Template(segments: segments))
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
