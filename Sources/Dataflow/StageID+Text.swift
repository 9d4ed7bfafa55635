internal import Texts

/// The parts of an id in text form, as in the store, in records of runs and on the command line.
extension StageID {
    /// The stage's name: `model` for `model[fold=0]`, and the whole text if it has no brackets.
    package static func name(of description: String) -> String {
        description.firstIndex(ofASCII: "[").map { String(description[..<$0]) } ?? description
    }

    /// What is between the brackets: `fold=0` for `model[fold=0]`; nil if there are none.
    package static func coordinates(of description: String) -> String? {
        guard let open = description.firstIndex(ofASCII: "["), description.endsWith("]") else { return nil }
        return String(decoding: description.suffix(after: open).utf8.dropLast(), as: UTF8.self)
    }

    /// The stage whose instances a text refers to: `model` for `model[*]`; nil for any other text.
    package static func gathered(_ text: String) -> String? {
        let name = name(of: text)
        return !name.isEmpty && coordinates(of: text) == "*" ? name : nil
    }
}
