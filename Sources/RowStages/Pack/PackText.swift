import PromptTemplates

/// What is told of `pack`.
enum PackText {
    static let discussion = """
        **Null policy.** A prompt that is null, and a response that is null or empty, becomes `nullText`; an empty \
        prompt stays empty. With `removeEmptyTurns` a turn whose two responses are both null is left out, unless it \
        is the last one left.

        **Turns.** `packing: backward` goes from the last turn to the first: a turn is put before the turns of its row \
        as long as the sum of their lengths is at most `unitsPerToken` × `maximumTokens`, else it opens a row, so the \
        last row is the longest run of last turns that fits. `forward` goes from the first turn to the last. \
        `byModel` puts all turns into one row, one model after the other. Of a comparison's rows the last is written \
        or, with `rows: all`, every one; what `predict` says of them is averaged.

        **Length.** A turn's length is that of its whole block: with `words` the number of pieces between single spaces \
        or, where it has at least 300 characters and at least 30 per piece (scripts without spaces), 0.75 × \
        characters; `plainWords` counts pieces in every script, `characters` code points. A token is taken for 0.75 \
        words or 3 characters. `tokens` counts the tokens of the headings and of each text with the input `tokenizer`.

        **Overflow.** A row is an overflow where it is one turn that is too long by itself. Where prompt, A and B \
        together exceed `maximumTokens`, each is cut: responses within `responseTokens` stay whole and lend what \
        they leave to the other; the prompt gets `promptTokens` and what both leave. Defaults: a fifth of \
        `maximumTokens` for the prompt and two fifths for each response. The sum never exceeds prompt + 2 × \
        response. With a tokenizer its tokens are counted, else estimates: a text of *w* words is taken for *w* ÷ \
        0.75 tokens (of an unspaced script: one per character).

        **Text.** One block per turn, blocks parted by an empty line:

        ```
        #Prompt
        {prompt}

        #Response
        ##Model A
        {response_a}

        ##Model B
        {response_b}
        ```

        With `byModel`, `#Model A` and below it `Prompt: …` and `Response: …` of every turn; the same for B.

        **Tokens.** With the input `tokenizer` and a `template`, the columns `tokens` and `answers` hold what a language \
        model reads and what it may answer, the same for training and for prediction. `tokens` is the template's \
        beginning with exactly one begin-of-text, the row's text, and the template's end; `answers` is the tokens of A, \
        B and tie, and the end-of-text. A row has at most `maximumTokens` tokens besides the template's; a longer one \
        is cut on one side (`truncation`). Texts are tokenized whole; with `length: tokens`, headings and bare texts are \
        tokenized one by one, and the empty lines between turns, and the headings of an overflow, are not counted. \
        Special tokens spelled in a conversation are text.
        """
}
