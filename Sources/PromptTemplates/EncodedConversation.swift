/// The tokens of a row's turns, without a template around them.
package struct EncodedConversation: Sendable, Hashable {
    /// The tokens.
    package var ids: [Int32]
    /// True where tokens were cut off.
    package var isTruncated: Bool
    /// The tokens kept of prompt, A and B, headings included, where one turn was too long by itself.
    package var parts: [[Int32]]?
}

/// The tokens of one turn's bare texts.
package struct EncodedTurn: Sendable, Hashable {
    /// Those of the prompt.
    package var prompt: [Int32]
    /// Those of response A.
    package var responseA: [Int32]
    /// Those of response B.
    package var responseB: [Int32]
}

/// What a model reads of a row: everything up to the place where it says a label.
package struct EncodedPrompt: Sendable, Hashable {
    /// The tokens, the template's among them.
    package var ids: [Int32]
    /// Where among them the comparison's own are.
    package var conversation: Range<Int>
}
