/// The three texts of one turn, as UTF-8.
public struct TurnTexts: Sendable, Hashable {
    /// What was asked.
    public var prompt: ArraySlice<UInt8>
    /// What A answered.
    public var responseA: ArraySlice<UInt8>
    /// What B answered.
    public var responseB: ArraySlice<UInt8>

    /// A turn of its texts.
    public init(prompt: ArraySlice<UInt8>, responseA: ArraySlice<UInt8>, responseB: ArraySlice<UInt8>) {
        self.prompt = prompt
        self.responseA = responseA
        self.responseB = responseB
    }
}
