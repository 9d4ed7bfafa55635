internal import JSON

extension TokenizerJSON {
    /// The steps of a pre-tokenizer; none for null. Records whether words are spelled in the byte alphabet.
    mutating func preTokenizers(_ component: Value?) throws(TokenizerError) -> [PreTokenizer] {
        guard let component else { return [] }
        guard !isByteLevel else {
            throw .unsupported("a pre-tokenizer after ByteLevel is not implemented")
        }
        let type = try type(of: component, "pre-tokenizer")
        switch type {
        case "Sequence":
            var steps: [PreTokenizer] = []
            for part in try sequence("pretokenizers", of: component, "pre-tokenizer") {
                steps += try preTokenizers(part)
            }
            return steps
        case "ByteLevel":
            noteByteLevel()
            var steps: [PreTokenizer] = []
            if document.boolean("add_prefix_space", of: component) ?? true { steps.append(.prefixSpace) }
            if document.boolean("use_regex", of: component) ?? true {
                steps.append(.pattern(PatternScanner(.gpt2)))
            }
            return steps
        case "Split": return [try split(component)]
        case "Metaspace": return [try metaspace(component)]
        case "Digits":
            return [.digits(individually: document.boolean("individual_digits", of: component) ?? false)]
        default:
            throw .unsupported(
                "the pre-tokenizer '\(type)' is not implemented; ByteLevel, Split, Metaspace and Digits are")
        }
    }

    private func split(_ component: Value) throws(TokenizerError) -> PreTokenizer {
        let behavior = document.string("behavior", of: component) ?? "Removed"
        let inverts = document.boolean("invert", of: component) ?? false
        let pattern = document.member("pattern", of: component)
        if let regex = document.string("Regex", of: pattern) {
            guard let known = SplitPattern(spelling: regex) else {
                throw .unsupported(
                    "the split pattern '\(regex.prefix(200))' is not implemented; GPT-2's, Llama-3's and Qwen2's are"
                )
            }
            // The supported patterns match everything, so keeping the matches is equivalent to isolating them.
            guard behavior == "Isolated" || (behavior == "Removed" && inverts) else {
                throw .unsupported(
                    "splitting by a pattern is only implemented with the behavior Isolated, not \(behavior)")
            }
            return .pattern(PatternScanner(known))
        }
        let literal = try bytes("String", of: pattern, "pattern of the pre-tokenizer Split")
        let behaviors: [String: PreTokenizer.Behavior] = [
            "Removed": .removed, "Isolated": .isolated, "MergedWithPrevious": .mergedWithPrevious,
            "MergedWithNext": .mergedWithNext,
        ]
        guard let known = behaviors[behavior], !inverts, !literal.isEmpty else {
            throw .unsupported(
                "a Split with the behavior \(behavior)\(inverts ? ", inverted," : "") is not implemented")
        }
        return .literal(literal, known)
    }

    private func metaspace(_ component: Value) throws(TokenizerError) -> PreTokenizer {
        let space = try bytes("replacement", of: component, "pre-tokenizer Metaspace")
        guard !space.isEmpty, space.span.scalar(at: 0).length == space.count else {
            throw .malformed("the replacement of the pre-tokenizer Metaspace is not one character")
        }
        return .metaspace(
            space, try prependScheme(component), splits: document.boolean("split", of: component) ?? true)
    }

    /// A Metaspace's scheme, in the new or the old spelling.
    func prependScheme(_ component: Value) throws(TokenizerError) -> PreTokenizer.PrependScheme {
        let addsPrefix = document.boolean("add_prefix_space", of: component)
        if let scheme = document.string("prepend_scheme", of: component) {
            if addsPrefix == false, scheme != "never" {
                throw .malformed(
                    "the prepend_scheme '\(scheme)' contradicts add_prefix_space, which is false")
            }
            switch scheme {
            case "always": return .always
            case "first": return .first
            case "never": return .never
            default: throw .malformed("the prepend_scheme '\(scheme)' is not one of always, first, never")
            }
        }
        return addsPrefix ?? true ? .always : .never
    }
}
