/// What a trainer has learned: tokens by id, and the merges in their order.
public struct TrainedVocabulary: Sendable {
    let options: BytePairTrainer.Options
    /// Tokens as the file spells them, by id.
    private(set) var tokens = ByteStringTable()
    private(set) var merges: [(left: Int32, right: Int32)] = []
    private var merged = MergeTable()

    init(_ options: BytePairTrainer.Options) {
        self.options = options
        for token in options.leadingTokens { _ = tokens.insert(Array(token.utf8)) }
        for scalar in ByteAlphabet.scalars.sorted() {
            var spelling: [UInt8] = []
            spelling.append(scalar: scalar)
            _ = tokens.insert(spelling)
        }
    }

    /// How many tokens there are.
    public var count: Int { tokens.count }

    /// How many merges there are.
    var mergeCount: Int { merges.count }

    /// The id of a token as the file spells it; nil where it is none.
    public func id(of token: String) -> Int? { tokens.index(of: Array(token.utf8)) }

    /// The id of each byte.
    var byteIDs: [Int32] {
        ByteAlphabet.scalars.map { scalar in
            var spelling: [UInt8] = []
            spelling.append(scalar: scalar)
            return Int32(tokens.index(of: spelling) ?? 0)
        }
    }

    /// Notes a merge and returns the id of its token, which is an old one where its spelling is there already.
    mutating func merge(_ left: Int32, _ right: Int32) -> Int32 {
        let known = merged.value(left, right)
        if known != MergeTable.absent { return MergeTable.result(known) }
        var spelling = tokens.bytes(of: Int(left))
        tokens.append(Int(right), to: &spelling)
        let id = Int32(tokens.index(of: spelling) ?? tokens.count)
        if Int(id) == tokens.count { _ = tokens.insert(spelling) }
        merged.insert(left, right, value: MergeTable.value(rank: UInt32(merges.count), result: id))
        merges.append((left, right))
        return id
    }

    /// Adds the special tokens that come last.
    mutating func finish() {
        for token in options.trailingTokens { _ = tokens.insert(Array(token.utf8)) }
    }
}
