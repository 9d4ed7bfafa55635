/// Creates a tokenizer from a SentencePiece model: Gemma's, Llama-2's, Mistral's, Phi-3's.
struct SentencePieceReader: Sendable {
    /// The score of a user-defined piece in a unigram model, so high that it nearly always wins. (If only rounding
    /// decides between paths of equal length, the original may still choose another one.)
    private static let userDefinedScore = 1.0

    private let file: SentencePieceFile
    private var vocabulary = Vocabulary()
    private var unknown: Int32 = -1
    private var byteIDs = ContiguousArray<Int32>(repeating: -1, count: 256)
    private var control: [AddedToken] = []
    private var userDefined: [AddedToken] = []

    /// The parts described by a file's bytes.
    static func parts(_ bytes: [UInt8]) throws(TokenizerError) -> TokenizerParts {
        try SentencePieceReader(try SentencePieceFile(bytes)).parts()
    }

    private init(_ file: SentencePieceFile) throws(TokenizerError) {
        self.file = file
        for (index, piece) in file.pieces.enumerated() {
            let id = Int32(index)
            try vocabulary.insert(piece.bytes, id: index)
            switch piece.type {
            case .normal, .unused: break
            case .unknown:
                guard unknown < 0 else { throw .malformed("both \(unknown) and \(id) are the unknown piece") }
                unknown = id
            case .control: control.append(AddedToken(id: id, content: piece.bytes))
            case .userDefined:
                userDefined.append(AddedToken(id: id, content: piece.bytes, isSpecial: false))
            case .byte:
                guard let byte = DecodingStep.byte(piece.bytes) else {
                    throw .malformed("piece \(id), '\(display(piece.bytes))', is not a byte")
                }
                byteIDs[Int(byte)] = id
            }
        }
        guard unknown >= 0 else { throw .malformed("there is no unknown piece") }
        guard !file.usesByteFallback || !byteIDs.contains(-1) else {
            throw .malformed("the model falls back to bytes, but not every byte has a piece")
        }
    }

    private func parts() throws(TokenizerError) -> TokenizerParts {
        let (model, cutter) = try model()
        var normalizer = SentencePieceNormalizer()
        normalizer.map = file.map.isEmpty ? nil : try CharacterMap(file.map)
        normalizer.addsPrefix = file.addsPrefix
        normalizer.removesExtraSpaces = file.removesExtraSpaces
        normalizer.escapesSpaces = file.escapesSpaces
        normalizer.spaceIsSuffix = file.spaceIsSuffix
        normalizer.protected = TokenMatcher(userDefined)
        var decoder = SentencePieceDecoder()
        decoder.control = Set(control.map(\.id))
        decoder.unknown = unknown
        decoder.unknownSurface = file.unknownSurface
        for (byte, id) in byteIDs.enumerated() where id >= 0 { decoder.byteOfID[id] = UInt8(byte) }
        decoder.dropsPrefix = file.addsPrefix || file.removesExtraSpaces
        decoder.dropsAllLeadingSpaces = file.removesExtraSpaces
        let isUnigram = file.modelType == 1
        return TokenizerParts(
            encoder: TextEncoder(
                tokens: TokenMatcher(control), normalizers: [.sentencePiece(normalizer)],
                normalizedTokens: TokenMatcher(isUnigram ? [] : userDefined), preTokenizers: [], model: model,
                cutter: cutter),
            decoder: .sentencePiece(decoder),
            template: Template(before: isControl(file.beginID) ? [file.beginID] : []),
            vocabulary: vocabulary,
            added: Dictionary(control.map { ($0.id, $0) }, uniquingKeysWith: { $1 }),
            repair: file.map.isEmpty ? .bytes : .afterMap, end: isControl(file.endID) ? file.endID : nil)
    }

    private func isControl(_ id: Int32) -> Bool { control.contains { $0.id == id } }

    private func model() throws(TokenizerError) -> (TextEncoder.Model, WordCutter?) {
        switch file.modelType {
        case 1: return (.unigram(unigram()), nil)
        case 2:
            let (model, cutter) = bytePairs()
            return (.bytePairs(model), cutter)
        default: throw .unsupported("SentencePiece models by word or character are not implemented")
        }
    }

    private var mergeable: [(piece: SentencePieceFile.Piece, id: Int32)] {
        file.pieces.enumerated()
            .filter { [.normal, .userDefined, .unused].contains($0.element.type) }
            .map { ($0.element, Int32($0.offset)) }
    }

    private func unigram() -> UnigramModel {
        let pieces = mergeable.filter { $0.piece.type != .unused }
            .map {
                let score = $0.piece.type == .userDefined ? Self.userDefinedScore : Double($0.piece.score)
                return UnigramModel.Piece(bytes: $0.piece.bytes, id: $0.id, score: score)
            }
        let scores = file.pieces.filter { $0.type == .normal }.map { Double($0.score) }
        return UnigramModel(
            pieces, unknown: unknown, lowestScore: scores.min() ?? 0,
            byteIDs: file.usesByteFallback ? byteIDs : [], isSingle: true)
    }

    /// Pieces with higher scores merge first; a scalar that is not a piece can still be part of one.
    private func bytePairs() -> (BytePairModel, WordCutter) {
        let pieces = mergeable
        let scores = Set(pieces.map(\.piece.score)).sorted(by: >)
        let ranks = Dictionary(
            scores.enumerated().map { ($0.element, UInt32($0.offset)) }, uniquingKeysWith: { $1 })
        var symbols = ScalarSymbols()
        var cutter = WordCutter()
        var tokens: [SplitMerges.Token] = []
        for (piece, id) in pieces {
            let span = piece.bytes.span
            let (scalar, length) = span.scalar(at: 0)
            if length == span.count { symbols[scalar] = id }
            cutter.note(piece.bytes)
            tokens.append(SplitMerges.Token(bytes: piece.bytes, id: id, rank: ranks[piece.score, default: 0]))
        }
        let virtual = virtualScalars(tokens, &symbols)
        let table = SplitMerges.table(
            tokens, isBoundary: { $0 & 0xC0 != 0x80 },
            symbol: { text, range in
                let (scalar, length) = text.scalar(at: range.lowerBound)
                if length == range.count { return symbols[scalar] }
                return mergeableID(vocabulary.id(of: text, range))
            })
        let model = BytePairModel(
            alphabet: .scalars(symbols, bytes: file.usesByteFallback ? byteIDs : []), merges: table,
            unknown: .fused(unknown), unused: Set(pieces.filter { $0.piece.type == .unused }.map(\.id)),
            firstVirtualSymbol: Int32(file.pieces.count), virtualScalars: virtual)
        return (model, cutter)
    }

    /// Assigns symbols to scalars that are parts of pieces but not pieces themselves.
    private func virtualScalars(_ tokens: [SplitMerges.Token], _ symbols: inout ScalarSymbols) -> [[UInt8]] {
        var virtual: [[UInt8]] = []
        for token in tokens {
            let span = token.bytes.span
            var position = 0
            while position < span.count {
                let (scalar, length) = span.scalar(at: position)
                if symbols[scalar] == ScalarSymbols.absent {
                    symbols[scalar] = Int32(file.pieces.count + virtual.count)
                    virtual.append(Array(token.bytes[position..<position + length]))
                }
                position += length
            }
        }
        return virtual
    }

    private func mergeableID(_ id: Int32?) -> Int32? {
        guard let id else { return nil }
        switch file.pieces[Int(id)].type {
        case .normal, .userDefined, .unused: return id
        case .unknown, .control, .byte: return nil
        }
    }
}
