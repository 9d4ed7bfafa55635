import Checkpoints
import Files
import StageKit
import StageSchemas
import Tokenizers

/// The tokenizer of a GGUF file's metadata.
struct GGUFTokenizer: Sendable {
    let vocabulary: PlainVocabulary
    private let file: (name: String, bytes: [UInt8])
    private let chatTemplate: [UInt8]?
    private let maximumPositions: Int
    private let tokenizerClass: String

    /// Reads and checks it.
    ///
    /// - Throws: `StageFailure` if it is missing, damaged or of a kind that is not implemented.
    init(_ gguf: GGUFFile, _ configuration: ModelConfiguration) throws {
        let values = Values(gguf.header.values)
        let tokens = try values.texts("tokens")
        guard tokens.count <= configuration.vocabularySize else {
            throw StageFailure(
                "file: its tokenizer has \(tokens.count) tokens, but its model \(configuration.vocabularySize)"
            )
        }
        let kind = try values.text("model")
        let model: PlainVocabulary.Model
        switch kind {
        case "gpt2":
            model = .bytePairs(merges: try values.texts("merges"), splitting: try values.text("pre"))
        case "llama":
            guard case .numbers(let scores)? = values["scores"] else {
                throw StageFailure("file: its tokenizer has no 'scores'")
            }
            model = .scores(scores)
        default:
            throw StageFailure("file: tokenizers of the kind '\(kind)' are not supported; llama and gpt2 are")
        }
        do {
            vocabulary = try PlainVocabulary(
                tokens: tokens, kinds: try values.kinds(count: tokens.count), model: model,
                beginToken: configuration.beginToken,
                addsBeginToken: try values.flag("add_bos_token", default: kind == "llama"),
                endToken: configuration.endTokens.first, unknownToken: try values.token("unknown_token_id"),
                addsPrefixSpace: try values.flag("add_space_prefix", default: kind == "llama"))
            file = try vocabulary.file()
        } catch let error as TokenizerError {
            throw StageFailure("file: its tokenizer cannot be used: \(error)")
        }
        chatTemplate = if case .text(let text)? = values["chat_template"] { text } else { nil }
        maximumPositions = configuration.maximumPositions
        tokenizerClass =
            kind == "gpt2"
            ? "PreTrainedTokenizerFast" : configuration.family.isGemma ? "GemmaTokenizer" : "LlamaTokenizer"
    }

    /// Writes the tokenizer's files into an existing folder.
    func write(to folder: FilePath) throws {
        try FileContents.write(file.bytes, to: folder.appending(file.name))
        func spelling(_ id: Int?) -> Value {
            guard let id, let text = String(validating: vocabulary.tokens[id], as: UTF8.self) else {
                return .null
            }
            return .string(text)
        }
        let special: [String: Value] = [
            "bos_token": spelling(vocabulary.beginToken), "eos_token": spelling(vocabulary.endToken),
            "unk_token": spelling(vocabulary.unknownToken ?? vocabulary.kinds.firstIndex(of: .unknown)),
        ].filter { $0.value != .null }
        var settings: [String: Value] = [
            "add_bos_token": .boolean(vocabulary.addsBeginToken), "add_eos_token": false,
            "clean_up_tokenization_spaces": false, "model_max_length": .integer(maximumPositions),
            "tokenizer_class": .string(tokenizerClass),
        ]
        if case .scores = vocabulary.model { settings["legacy"] = true }
        if let chatTemplate, let text = String(validating: chatTemplate, as: UTF8.self) {
            settings["chat_template"] = .string(text)
        }
        try JSONFile.write(.map(special), to: folder.appending("special_tokens_map.json"))
        try JSONFile.write(
            .map(settings.merging(special) { own, _ in own }), to: folder.appending("tokenizer_config.json"))
    }

    /// The metadata under `tokenizer.ggml`, or under `tokenizer` for the template.
    private struct Values {
        private let values: [String: GGUFValue]

        init(_ values: [String: GGUFValue]) { self.values = values }

        subscript(name: String) -> GGUFValue? {
            values[name == "chat_template" ? "tokenizer.\(name)" : "tokenizer.ggml.\(name)"]
        }

        func texts(_ name: String) throws -> [[UInt8]] {
            guard case .texts(let texts)? = self[name] else {
                throw StageFailure("file: it has no tokenizer: its list 'tokenizer.ggml.\(name)' is missing")
            }
            return texts
        }

        func text(_ name: String) throws -> String {
            guard case .text(let bytes)? = self[name] else {
                throw StageFailure("file: it lacks 'tokenizer.ggml.\(name)'")
            }
            return String(decoding: bytes.prefix(100), as: UTF8.self)
        }

        func flag(_ name: String, default fallback: Bool) throws -> Bool {
            switch self[name] {
            case nil: return fallback
            case .boolean(let flag)?: return flag
            default: throw StageFailure("file: 'tokenizer.ggml.\(name)' is neither true nor false")
            }
        }

        func token(_ name: String) throws -> Int? {
            switch self[name] {
            case nil: return nil
            case .integer(let id)?: return id
            default: throw StageFailure("file: 'tokenizer.ggml.\(name)' is not a token")
            }
        }

        /// The kind of each token; if the file does not list them, all are ordinary.
        func kinds(count: Int) throws -> [PlainVocabulary.Kind] {
            guard let value = self["token_type"] else { return Array(repeating: .normal, count: count) }
            guard case .integers(let numbers) = value else {
                throw StageFailure("file: 'tokenizer.ggml.token_type' is not a list of integers")
            }
            return try numbers.map { number in
                guard let kind = PlainVocabulary.Kind(rawValue: number) else {
                    throw StageFailure("file: a token has the unknown type \(number)")
                }
                return kind
            }
        }
    }
}
