import PromptTemplates
import StageKit
package import StageSchemas

extension Pack {
    /// The parameters.
    package struct Parameters: StageParameters {
        enum Rows: String, SettingChoice { case last, all }
        enum Orientation: String, SettingChoice { case normal, swapped }

        @Setting(16...1_000_000, "The token budget of a row.")
        var maximumTokens = 1_900

        @Setting("Which turns share a row.")
        var packing = TurnPacking.backward

        @Setting("Which rows of a comparison are written.")
        var rows = Rows.last

        @Setting(0...1_000_000, "The prompt's budget in an overflow; null for a fifth of maximumTokens.")
        var promptTokens: Int?

        @Setting(0...1_000_000, "Each response's budget; null for half of what the prompt's budget leaves.")
        var responseTokens: Int?

        @Setting("Which end of a row is kept if it has more tokens than estimated.")
        var truncation = TokenBudget.Kept.keepEnd

        @Setting("Which end of each text is kept if a single turn is too long.")
        var overflowTruncation = TokenBudget.Kept.keepStart

        @Setting("How lengths are counted.")
        var length = LengthEstimate.Rule.words

        @Setting(
            0.01...100,
            "The number of words or characters per token; null for 0.75 words, or 3 characters. Not with length: tokens."
        )
        var unitsPerToken: Double?

        @Setting(
            "Whether to show the original orientation, or A and B exchanged; predictions are exchanged back.")
        var orientation = Orientation.normal

        @Setting("The placeholder for null and for an empty response.")
        var nullText = "None"

        @Setting("Whether to drop turns in which both responses are null, in multi-turn conversations.")
        var removeEmptyTurns = false

        @Setting("The model family whose template is put around the text.")
        var template: PromptTemplate.Family?

        @Setting("A custom template, instead of a family's.")
        var ownTemplate: PromptTemplate?

        package init() {}

        var budget: TokenBudget {
            TokenBudget(
                maximum: maximumTokens, prompt: promptTokens, response: responseTokens, row: truncation,
                overflow: overflowTruncation)
        }

        package func validate() throws(ParameterProblem) {
            guard template == nil || ownTemplate == nil else {
                throw $ownTemplate.problem("set either this or 'template', not both")
            }
            guard length != .tokens || unitsPerToken == nil else {
                throw $unitsPerToken.problem("it is only for estimates; remove it with length: tokens")
            }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard !inputs.contains("tokenizer") else { return }
            let tokenizer = "requires the input 'tokenizer': a checkpoint folder or a tokenizer file"
            guard template == nil else { throw $template.problem("a template " + tokenizer) }
            guard ownTemplate == nil else { throw $ownTemplate.problem("a template " + tokenizer) }
            guard length != .tokens else { throw $length.problem("this " + tokenizer) }
        }
    }
}

extension TokenBudget.Kept: SettingChoice {}
