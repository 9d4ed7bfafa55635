package import PromptTemplates
import StageSchemas
package import Tokenizers

/// A tokenizer with one token per byte, whose id is the byte, and special tokens from 256 on.
package enum ByteTokenizer {
    /// The bytes of `tokenizer.json`.
    package static func file(special: [String]) -> [UInt8] {
        // The byte-level alphabet: bytes that have no visible character are shifted to U+0100 and above.
        var vocabulary: [String: Value] = [:]
        var shifted: UInt32 = 0
        for byte in UInt32(0)...255 {
            let isVisible = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            var scalar = byte
            if !isVisible {
                scalar = 256 + shifted
                shifted += 1
            }
            if let scalar = Unicode.Scalar(scalar) {
                vocabulary[String(Character(scalar))] = .integer(Int(byte))
            }
        }
        let added: [Value] = special.enumerated().map { index, content in
            [
                "id": .integer(256 + index), "content": .string(content), "single_word": false,
                "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            ]
        }
        let document: Value = [
            "version": "1.0", "added_tokens": .list(added), "normalizer": .null,
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
            ],
            "post_processor": .null, "decoder": ["type": "ByteLevel"],
            "model": ["type": "BPE", "vocab": .map(vocabulary), "merges": .list([])],
        ]
        return Array(document.json.utf8)
    }

    package static func tokenizer(special: [String] = []) throws -> Tokenizer {
        try Tokenizer(bytes: file(special: special))
    }

    /// All special tokens that a template needs.
    package static func special(of template: PromptTemplate) -> [String] {
        var names: [String] = []
        for name in [template.begin, template.end].compactMap({ $0 }) + template.specialTokens
        where !names.contains(name) {
            names.append(name)
        }
        return names
    }
}
