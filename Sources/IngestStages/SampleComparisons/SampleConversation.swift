/// A generated conversation with two threads of responses, before it is judged.
///
/// Texts are UTF-8, except that unpaired surrogates may occur as the three bytes they would have.
struct SampleConversation: Sendable {
    /// The name of the language.
    var language: String
    /// The name of the model of thread A.
    var modelA: String
    /// The name of the model of thread B.
    var modelB: String
    /// One prompt per turn.
    var prompt: [[UInt8]] = []
    /// Thread A: one response per turn; nil is null.
    var responseA: [[UInt8]?] = []
    /// Thread B.
    var responseB: [[UInt8]?] = []
    /// What the judge sees in thread A.
    var impressionA = PreferenceModel.Impression()
    /// What the judge sees in thread B.
    var impressionB = PreferenceModel.Impression()

    /// The conversation with the two threads and their models exchanged.
    var swapped: SampleConversation {
        var result = self
        (result.modelA, result.modelB) = (modelB, modelA)
        (result.responseA, result.responseB) = (responseB, responseA)
        (result.impressionA, result.impressionB) = (impressionB, impressionA)
        return result
    }
}
