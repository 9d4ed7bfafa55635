/// The tokens of a row's turns, without a template around them.
public struct EncodedConversation: Sendable, Hashable {
    /// The tokens.
    public var ids: [Int32]
    /// True where tokens were cut off.
    public var isTruncated: Bool
    /// The tokens kept of prompt, A and B, headings included, where one turn was too long by itself.
    public var parts: [[Int32]]?
}

/// The tokens of one turn's bare texts.
public struct EncodedTurn: Sendable, Hashable {
    /// Those of the prompt.
    public var prompt: [Int32]
    /// Those of response A.
    public var responseA: [Int32]
    /// Those of response B.
    public var responseB: [Int32]
}

/// What a model reads of a row: everything up to the place where it says a label.
public struct EncodedPrompt: Sendable, Hashable {
    /// The tokens, the template's among them.
    public var ids: [Int32]
    /// Where among them the comparison's own are.
    public var conversation: Range<Int>
}
