import LanguageModels
import StageKit

/// How the answer is predicted, and what the loss covers.
struct AnswerSettings: SettingRecord {
    /// Where the answer is read.
    enum Head: String, SettingChoice { case answer, classes }

    enum Loss: String, SettingChoice { case labelAndEnd, label, options, allTokens }

    @Setting("Whether the model answers with a token, or with a new three-way head.")
    var head = Head.answer

    @Setting("What the loss covers, with the head `answer`.")
    var loss = Loss.labelAndEnd

    @Setting(
        0...0.99, "Label smoothing: the weight of the mean over all tokens, or over the three answers.")
    var labelSmoothing = 0.0

    var scope: LossOptions.Scope {
        guard head == .answer else { return .classes }
        return switch loss {
        case .labelAndEnd: .labelAndEnd
        case .label: .label
        case .options: .options
        case .allTokens: .allTokens
        }
    }
}
