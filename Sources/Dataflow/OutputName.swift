/// The name of an output on the command line: `stage`, `stage.output`, `stage[fold=0].output`, perhaps after `pipeline:`.
package struct OutputName: Sendable, Hashable {
    /// The pipeline; nil if the text names none.
    package let pipeline: String?
    /// The stage, with its coordinates.
    package let stage: String
    /// The output; nil if the text names none, so that it is the stage's only one.
    package let output: String?

    /// The name of the stage if all of its instances are meant (`stage[*]`); nil otherwise.
    package var gatheredStage: String? { StageID.gathered(stage) }

    /// The parts of a text. Coordinates may contain any character, so colons and dots count only outside the brackets.
    package init(_ text: String) {
        let bytes = Array(text.utf8)
        func string(_ part: ArraySlice<UInt8>) -> String { String(decoding: part, as: UTF8.self) }
        var rest = bytes[...]
        let bracket = bytes.firstIndex(of: UInt8(ascii: "[")) ?? bytes.endIndex
        if let colon = bytes[..<bracket].firstIndex(of: UInt8(ascii: ":")) {
            pipeline = string(bytes[..<colon])
            rest = bytes[(colon + 1)...]
        } else {
            pipeline = nil
        }
        let end = rest.lastIndex(of: UInt8(ascii: "]")) ?? rest.startIndex
        if let point = rest[end...].firstIndex(of: UInt8(ascii: ".")) {
            stage = string(rest[..<point])
            output = string(rest[(point + 1)...])
        } else {
            stage = string(rest)
            output = nil
        }
    }
}
