internal import JSON

extension TokenizerJSON {
    /// A model and its companions.
    struct LoadedModel: Sendable {
        var vocabulary: Vocabulary
        var model: TextEncoder.Model
        var cutter: WordCutter?
    }

    /// The model of a file: BPE with its vocabulary and merges, or Unigram.
    func loadModel(_ component: Value) throws(TokenizerError) -> LoadedModel {
        // Old files omit the type.
        let type = document.string("type", of: component) ?? "BPE"
        switch type {
        case "BPE": return try bytePairs(component)
        case "Unigram": return try unigram(component)
        default: throw .unsupported("the model '\(type)' is not implemented; BPE and Unigram are")
        }
    }

    private func bytePairs(_ component: Value) throws(TokenizerError) -> LoadedModel {
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = document.string(key, of: component), !text.isEmpty {
                throw .unsupported("models with \(key) are not implemented")
            }
        }
        if let dropout = document.double(document.member("dropout", of: component)), dropout != 0 {
            throw .unsupported(
                "with dropout, the same text does not always give the same ids; set it to null")
        }
        guard case .object(let members)? = document.member("vocab", of: component) else {
            throw .malformed("the model has no vocabulary")
        }
        var vocabulary = Vocabulary()
        for (key, value) in members {
            guard let id = document.integer(value) else {
                throw .malformed("token '\(document.string(key))' does not have an integer id")
            }
            try vocabulary.insert(Array(document.bytes(key)), id: id)
        }
        var builder = BytePairBuilder(vocabulary: vocabulary)
        builder.prefersWholeWords = document.boolean("ignore_merges", of: component) ?? false
        builder.usesByteFallback = document.boolean("byte_fallback", of: component) ?? false
        builder.fusesUnknown = document.boolean("fuse_unk", of: component) ?? false
        if case .string(let token)? = document.member("unk_token", of: component) {
            guard let id = vocabulary.id(of: Array(document.bytes(token))) else {
                throw .malformed("the unknown token '\(document.string(token))' is not in the vocabulary")
            }
            builder.unknown = id
        }
        try addMerges(document.list("merges", of: component) ?? [], to: &builder)
        let (model, cutter) = try builder.model(isByteLevel: isByteLevel)
        return LoadedModel(vocabulary: vocabulary, model: .bytePairs(model), cutter: cutter)
    }

    private func addMerges(_ merges: [Value], to builder: inout BytePairBuilder) throws(TokenizerError) {
        builder.reserve(merges.count)
        for (index, merge) in merges.enumerated() {
            switch merge {
            case .string(let line):
                guard let pair = TextTables.pair(document.bytes(line)) else {
                    throw .malformed("merge \(index) is not a pair of tokens")
                }
                try builder.add(pair.left, pair.right)
            case .list(let pair):
                guard pair.count == 2, case .string(let left) = pair[0], case .string(let right) = pair[1]
                else {
                    throw .malformed("merge \(index) is not a pair of tokens")
                }
                try builder.add(Array(document.bytes(left)), Array(document.bytes(right)))
            default: throw .malformed("merge \(index) is not a pair of tokens")
            }
        }
    }

    private func unigram(_ component: Value) throws(TokenizerError) -> LoadedModel {
        guard let entries = document.list("vocab", of: component), !entries.isEmpty else {
            throw .malformed("the model has no vocabulary")
        }
        var vocabulary = Vocabulary()
        var pieces: [UnigramModel.Piece] = []
        for (index, entry) in entries.enumerated() {
            guard case .list(let pair) = entry, pair.count == 2, case .string(let token) = pair[0],
                let score = document.double(pair[1])
            else { throw .malformed("entry \(index) of the vocabulary is not a token and its score") }
            let bytes = Array(document.bytes(token))
            try vocabulary.insert(bytes, id: index)
            pieces.append(UnigramModel.Piece(bytes: bytes, id: Int32(index), score: score))
        }
        let unknown = try id(document.member("unk_id", of: component), "the model's unknown token")
        guard Int(unknown) < pieces.count else {
            throw .malformed("the unknown token's id is not in the vocabulary")
        }
        let fallback = document.boolean("byte_fallback", of: component) ?? false
        let model = UnigramModel(
            pieces, unknown: unknown, lowestScore: pieces.map(\.score).min() ?? 0,
            byteIDs: fallback ? vocabulary.byteIDs : [], isSingle: false)
        return LoadedModel(vocabulary: vocabulary, model: .unigram(model))
    }
}
