/// A made-up conversation with two threads of responses, before anybody judges it.
///
/// Texts are UTF-8 except that an unpaired surrogate may stand in them as the three bytes it would have.
struct SampleConversation: Sendable {
    /// The language's name.
    var language: String
    /// The models' names.
    var modelA: String
    /// The other model's name.
    var modelB: String
    /// One prompt per turn.
    var prompt: [[UInt8]] = []
    /// One response per turn; nil is null.
    var responseA: [[UInt8]?] = []
    /// The other thread.
    var responseB: [[UInt8]?] = []
    /// What the judge sees of thread A.
    var sightA = PreferenceModel.Sight()
    /// What the judge sees of thread B.
    var sightB = PreferenceModel.Sight()

    /// The conversation with the two threads, and their models, in each other's place.
    var swapped: SampleConversation {
        var result = self
        (result.modelA, result.modelB) = (modelB, modelA)
        (result.responseA, result.responseB) = (responseB, responseA)
        (result.sightA, result.sightB) = (sightB, sightA)
        return result
    }
}
