extension PlainVocabulary {
    /// The file `tokenizer.model`, as SentencePiece reads it.
    func sentencePiece(_ scores: [Float]) -> [UInt8] {
        var model = ProtobufWriter()
        // Some files call the unknown token a control token like any other.
        let unknown = kinds.firstIndex(of: .unknown) ?? unknownToken
        for (id, token) in tokens.enumerated() {
            var piece = ProtobufWriter()
            piece.bytes(1, token)
            piece.float(2, scores[id])
            let kind = id == unknown ? .unknown : kinds[id]
            if kind != .normal { piece.number(3, kind.rawValue) }
            model.bytes(1, piece.bytes)
        }
        var trainer = ProtobufWriter()
        trainer.number(3, 2)  // byte pairs
        trainer.number(4, tokens.count)
        trainer.number(35, kinds.contains(.byte) ? 1 : 0)  // unknown characters as bytes
        for (field, id) in [
            (40, unknown), (41, beginToken), (42, endToken),
        ] {
            trainer.signed(field, id ?? -1)
        }
        trainer.signed(43, -1)  // padding
        model.bytes(2, trainer.bytes)
        var normalizer = ProtobufWriter()
        normalizer.bytes(1, Array("identity".utf8))
        normalizer.number(3, addsPrefixSpace ? 1 : 0)
        normalizer.number(4, 0)  // keep spaces as they are
        normalizer.number(5, 1)  // write them as ▁
        model.bytes(3, normalizer.bytes)
        return model.bytes
    }
}
