import PromptTemplates

/// The documentation of `pack`.
enum PackText {
    static let discussion = """
        **Nulls.** A null prompt, and a null or empty response, becomes `nullText`; an empty prompt stays empty. \
        With `removeEmptyTurns`, a turn in which both responses are null is dropped, unless it is the last remaining \
        turn.

        **Turns.** `packing: backward` goes from the last turn to the first: a turn is put before the turns of its \
        row as long as the sum of their lengths is at most `unitsPerToken` × `maximumTokens`; otherwise, it starts a \
        new row, so the last row is the longest run of last turns that fits. `forward` goes from the first turn to \
        the last. `byModel` puts all turns into one row, one model after the other. Only the last of a comparison's \
        rows is written or, with `rows: all`, every one; `predict` averages their predictions.

        **Length.** A turn's length is that of its whole block. With `words`, it is the number of pieces between \
        single spaces or, for a text of at least 300 characters and at least 30 per piece (in scripts without \
        spaces), 0.75 × characters; `plainWords` counts pieces in every script, `characters` code points. A token is \
        estimated as 0.75 words or 3 characters. `tokens` counts the tokens of the headings and of each text with \
        the input `tokenizer`.

        **Overflow.** A row is an overflow if it is a single turn that is too long. If prompt, A and B together \
        exceed `maximumTokens`, each is truncated: responses within `responseTokens` stay whole and lend the \
        remainder to the other response; the prompt gets `promptTokens` and whatever both leave. By default, the \
        prompt gets a fifth of `maximumTokens`, and each response two fifths. The sum never exceeds prompt + 2 × \
        response. With a tokenizer its tokens are counted, otherwise they are estimated: a text of *w* words has *w* \
        ÷ 0.75 tokens (one per character in a script without spaces).

        **Text.** One block per turn, separated by empty lines:

        ```
        #Prompt
        {prompt}

        #Response
        ##Model A
        {response_a}

        ##Model B
        {response_b}
        ```

        With `byModel`, `#Model A` is followed by `Prompt: …` and `Response: …` of every turn; then the same for B.

        **Tokens.** With the input `tokenizer` and a `template`, the columns `tokens` and `answers` contain what a \
        language model reads and its possible answers, identically for training and prediction. `tokens` is the \
        beginning of the template with exactly one begin-of-text token, the row's text, and the end of the template; \
        `answers` has the tokens of A, B and tie, and the end-of-text token. A row has at most `maximumTokens` \
        tokens besides those of the template; a longer one is cut on one side (`truncation`). Texts are tokenized as \
        a whole. With `length: tokens`, headings and bare texts are tokenized separately, and the empty lines \
        between turns, and the headings of an overflow, are not counted. Special tokens spelled out in a \
        conversation are ordinary text.
        """
}
