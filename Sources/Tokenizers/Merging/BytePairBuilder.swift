/// Builds a byte-pair model from a vocabulary and a list of merges, as found in `tokenizer.json` and `merges.txt`.
struct BytePairBuilder: Sendable {
    let vocabulary: Vocabulary
    var unknown: Int32?
    var fusesUnknown = false
    var usesByteFallback = false
    var prefersWholeWords = false

    private var merges = MergeTable()
    private var cutter = WordCutter()
    private var rank: UInt32 = 0
    private var buffer: [UInt8] = []
    private let fallbackIDs: Set<Int32>
    private var mergesFallback = false

    init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
        fallbackIDs = Set(vocabulary.byteIDs.filter { $0 >= 0 })
    }

    mutating func reserve(_ count: Int) { merges = MergeTable(minimumCapacity: count) }

    /// Adds the next merge; both tokens and their concatenation must be in the vocabulary.
    mutating func add(_ left: [UInt8], _ right: [UInt8]) throws(TokenizerError) {
        guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right) else {
            throw .malformed(
                "merge \(rank), '\(display(left))' and '\(display(right))', refers to unknown tokens")
        }
        buffer.removeAll(keepingCapacity: true)
        buffer.append(contentsOf: left)
        buffer.append(contentsOf: right)
        guard let result = vocabulary.id(of: buffer) else {
            throw .malformed("merge \(rank) makes '\(display(buffer))', which is not in the vocabulary")
        }
        merges.insert(leftID, rightID, value: MergeTable.value(rank: rank, result: result))
        rank += 1
        if !left.isEmpty && !right.isEmpty {
            cutter.note(left.span.scalar(before: left.count).value, right.span.scalar(at: 0).value)
        }
        if fallbackIDs.contains(leftID) || fallbackIDs.contains(rightID) { mergesFallback = true }
        if let unknown, leftID == unknown || rightID == unknown { mergesFallback = true }
    }

    /// The model, and where text may be cut if no pre-tokenizer splits it.
    func model(isByteLevel: Bool) throws(TokenizerError) -> (BytePairModel, WordCutter?) {
        let policy: BytePairModel.UnknownPolicy =
            unknown.map { fusesUnknown ? .fused($0) : .each($0) } ?? .drop
        if isByteLevel {
            let symbols = ContiguousArray(
                ByteAlphabet.scalars.map { scalar in
                    var spelling: [UInt8] = []
                    spelling.append(scalar: scalar)
                    return vocabulary.id(of: spelling) ?? -1
                })
            let model = BytePairModel(
                alphabet: .bytes(symbols), merges: merges,
                wholeWords: prefersWholeWords ? try spelledOut() : nil, unknown: policy)
            return (model, nil)
        }
        var symbols = ScalarSymbols()
        vocabulary.forEachToken { token, id in
            let length = token.span.scalar(at: 0).length
            if length == token.count { symbols[token.span.scalar(at: 0).value] = id }
        }
        let model = BytePairModel(
            alphabet: .scalars(symbols, bytes: usesByteFallback ? vocabulary.byteIDs : []), merges: merges,
            wholeWords: prefersWholeWords ? vocabulary : nil, unknown: policy)
        return (model, mergesFallback ? nil : cutter)
    }

    /// The vocabulary with bytes instead of their spellings.
    private func spelledOut() throws(TokenizerError) -> Vocabulary {
        var bytes = Vocabulary()
        try vocabulary.forEach { (token, id) throws(TokenizerError) in
            if let spelled = ByteAlphabet.bytes(ofSpelling: token) { try bytes.insert(spelled, id: Int(id)) }
        }
        return bytes
    }
}

extension Vocabulary {
    /// The ids of the 256 tokens `<0x00>` to `<0xFF>`, or -1 if missing.
    var byteIDs: ContiguousArray<Int32> {
        let digits = Array("0123456789ABCDEF".utf8)
        return ContiguousArray(
            (0..<256).map { byte in
                id(of: [0x3C, 0x30, 0x78, digits[byte >> 4], digits[byte & 15], 0x3E]) ?? -1
            })
    }

    /// Calls `body` with every non-empty token.
    func forEachToken(_ body: (_ token: [UInt8], _ id: Int32) -> Void) {
        for index in 0..<count {
            let (token, id) = entry(index)
            if !token.isEmpty { body(token, id) }
        }
    }
}
