/// The three texts of one turn, as UTF-8.
package struct TurnTexts: Sendable, Hashable {
    /// The prompt.
    package var prompt: ArraySlice<UInt8>
    /// Response A.
    package var responseA: ArraySlice<UInt8>
    /// Response B.
    package var responseB: ArraySlice<UInt8>

    /// A turn from its texts.
    package init(prompt: ArraySlice<UInt8>, responseA: ArraySlice<UInt8>, responseB: ArraySlice<UInt8>) {
        self.prompt = prompt
        self.responseA = responseA
        self.responseB = responseB
    }
}
