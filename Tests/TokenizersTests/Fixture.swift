import Files
import JSON

@testable import Tokenizers

/// The small tokenizers that `References/fixtures.py` has trained, and what their makers make of some texts.
enum Fixture {
    static let names = [
        "byte-level.json", "byte-level-composed.json", "byte-level-spaced.json", "fallback-llama.json",
        "fallback-gemma.json", "fallback-metaspace-first.json", "fallback-metaspace-split.json",
        "pieces.model",
        "pieces-unknown.model", "pieces-unigram.model", "ranks.model",
    ]

    static let folder = FilePath(#filePath).parent.appending("Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] { try FileContents.read(folder.appending(name)) }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        // The smallest file of ranks does not tell its family by its length.
        guard name == "ranks.model" else { return try Tokenizer(contentsOf: folder.appending(name)) }
        let ranks = try TextTables.ranks(bytes(name))
        return Tokenizer(
            try RankReader.parts(ranks, .llama3, special: ["<s>"], before: [], end: Int32(ranks.count)))
    }

    static func texts() throws -> [String] {
        let document = try JSONDocument(bytes("texts.json"))
        guard case .list(let values) = document.root else { return [] }
        return values.map { value in
            guard case .string(let text) = value else { return "" }
            return document.string(text)
        }
    }

    /// The ids of each text and the text of the ids, by the original.
    static func expected(_ name: String) throws -> [(ids: [Int32], decoded: String)] {
        let stem = name.split(separator: ".")[0]
        let document = try JSONDocument(bytes("\(stem).expected.json"))
        let ids = document.list("ids", of: document.root) ?? []
        let decoded = document.list("decoded", of: document.root) ?? []
        return zip(ids, decoded).map { ids, text in
            guard case .list(let numbers) = ids, case .string(let text) = text else { return ([], "") }
            return (numbers.compactMap { document.integer($0).map { Int32($0) } }, document.string(text))
        }
    }

    /// The options under which the original encodes a fixture.
    static func options(_ name: String) -> EncodingOptions {
        EncodingOptions(specialTokens: name.hasPrefix("pieces") ? .asText : .asTokens)
    }
}

/// SplitMix64: the same numbers everywhere.
struct Draw: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
