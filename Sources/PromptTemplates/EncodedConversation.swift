/// The tokens of a row's turns, without a template.
package struct EncodedConversation: Sendable, Hashable {
    /// The tokens.
    package var ids: [Int32]
    /// Whether tokens were cut off.
    package var isTruncated: Bool
    /// The kept tokens of prompt, A and B, including headings, if a single turn was too long.
    package var parts: [[Int32]]?
}

/// The tokens of one turn's bare texts.
package struct EncodedTurn: Sendable, Hashable {
    /// The tokens of the prompt.
    package var prompt: [Int32]
    /// The tokens of response A.
    package var responseA: [Int32]
    /// The tokens of response B.
    package var responseB: [Int32]
}

/// The tokens that a model reads for a row: everything up to the label.
package struct EncodedPrompt: Sendable, Hashable {
    /// The tokens, including those of the template.
    package var ids: [Int32]
    /// The range of the comparison's own tokens.
    package var conversation: Range<Int>
}
