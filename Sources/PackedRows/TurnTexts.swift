/// The three texts of one turn, as UTF-8.
package struct TurnTexts: Sendable, Hashable {
    /// What was asked.
    package var prompt: ArraySlice<UInt8>
    /// What A answered.
    package var responseA: ArraySlice<UInt8>
    /// What B answered.
    package var responseB: ArraySlice<UInt8>

    /// A turn of its texts.
    package init(prompt: ArraySlice<UInt8>, responseA: ArraySlice<UInt8>, responseB: ArraySlice<UInt8>) {
        self.prompt = prompt
        self.responseA = responseA
        self.responseB = responseB
    }
}
