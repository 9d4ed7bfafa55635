/// Tokens by id and ids by token, keyed by bytes: two spellings of `é` are two tokens.
struct Vocabulary: Sendable {
    /// The maximum id, so that a damaged file cannot request huge tables.
    static let maximumID = 1 << 24

    private var tokens = ByteStringTable()
    private var ids: ContiguousArray<Int32> = []
    private var indexOfID: ContiguousArray<Int32> = []

    /// The number of tokens.
    var count: Int { tokens.count }

    /// One more than the highest id.
    var upperBound: Int { indexOfID.count }

    /// Adds a token; throws if the id or the token already exists.
    mutating func insert(_ token: [UInt8], id: Int) throws(TokenizerError) {
        guard id >= 0, id < Self.maximumID else {
            throw .malformed("token '\(display(token))' has the id \(id); ids are 0 to \(Self.maximumID - 1)")
        }
        if id < indexOfID.count, indexOfID[id] >= 0 {
            let earlier = tokens.bytes(of: Int(indexOfID[id]))
            throw .malformed("id \(id) belongs to both '\(display(earlier))' and '\(display(token))'")
        }
        guard let index = tokens.insert(token) else {
            throw .malformed("token '\(display(token))' occurs twice, the second time with id \(id)")
        }
        ids.append(Int32(id))
        if id >= indexOfID.count {
            indexOfID.append(contentsOf: repeatElement(-1, count: id + 1 - indexOfID.count))
        }
        indexOfID[id] = Int32(index)
    }

    /// The token with an id, or nil.
    func token(_ id: Int32) -> [UInt8]? {
        guard id >= 0, id < indexOfID.count, indexOfID[Int(id)] >= 0 else { return nil }
        return tokens.bytes(of: Int(indexOfID[Int(id)]))
    }

    /// The id of a token, or nil.
    func id(of token: [UInt8]) -> Int32? { id(of: token.span, 0..<token.count) }

    /// The id of the bytes of `text` in `range`, or nil.
    func id(of text: Span<UInt8>, _ range: Range<Int>) -> Int32? {
        tokens.index(of: text, range).map { ids[$0] }
    }

    /// All tokens with their ids, in order of insertion.
    func forEach(_ body: (_ token: [UInt8], _ id: Int32) throws(TokenizerError) -> Void)
        throws(TokenizerError)
    {
        for index in 0..<tokens.count { try body(tokens.bytes(of: index), ids[index]) }
    }

    /// The token at `index` in order of insertion, and its id.
    func entry(_ index: Int) -> (token: [UInt8], id: Int32) { (tokens.bytes(of: index), ids[index]) }
}

/// A token for display in a message: readable and bounded.
func display(_ token: [UInt8]) -> String {
    token.count > 80
        ? String(decoding: token.prefix(80), as: UTF8.self) + "…" : String(decoding: token, as: UTF8.self)
}
