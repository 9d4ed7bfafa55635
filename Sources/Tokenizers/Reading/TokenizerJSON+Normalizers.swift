internal import JSON

extension TokenizerJSON {
    /// The steps of a normalizer; none for null.
    func normalizers(_ component: Value?) throws(TokenizerError) -> [Normalizer] {
        guard let component else { return [] }
        let type = try type(of: component, "normalizer")
        switch type {
        case "Sequence":
            var steps: [Normalizer] = []
            for part in try sequence("normalizers", of: component, "normalizer") {
                steps += try normalizers(part)
            }
            return steps
        case "Prepend":
            let prefix = try bytes("prepend", of: component, "normalizer Prepend")
            guard !prefix.isEmpty else {
                throw .unsupported("a normalizer Prepend without a text is not implemented")
            }
            return [.prepend(prefix)]
        case "Replace": return [try replacement(component)]
        case "NFC": return [.composed]
        case "NFD": return [.decomposed]
        case "Lowercase": return [.lowercased]
        case "Strip":
            return [
                .strip(
                    left: document.boolean("strip_left", of: component) ?? true,
                    right: document.boolean("strip_right", of: component) ?? true)
            ]
        default:
            throw .unsupported(
                "the normalizer '\(type)' is not implemented; NFC, NFD, Prepend, Replace, Lowercase, Strip are"
            )
        }
    }

    private func replacement(_ component: Value) throws(TokenizerError) -> Normalizer {
        let content = try bytes("content", of: component, "normalizer Replace")
        let pattern = document.member("pattern", of: component)
        if let regex = document.string("Regex", of: pattern) {
            guard regex == " {2,}" else {
                throw .unsupported("the regular expression '\(regex)' of a normalizer is not implemented")
            }
            return .replaceSpaceRuns(with: content)
        }
        let literal = try bytes("String", of: pattern, "pattern of the normalizer Replace")
        guard !literal.isEmpty else {
            throw .unsupported("a normalizer Replace of an empty text is not implemented")
        }
        return .replace(literal, with: content)
    }
}
