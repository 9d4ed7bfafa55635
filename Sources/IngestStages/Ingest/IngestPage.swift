/// The documentation of `ingest`.
enum IngestPage: Sendable {
    static let discussion = """
        A file is CSV (RFC 4180), Parquet, Arrow, or JSON: one record per line, one array of records, or one object \
        of columns (`{"id": {"0": …}, …}`, as written by pandas); or one of them compressed with gzip, zstd or bzip2, \
        or alone in a zip archive. `format: auto` detects the format from its columns:

        - `kaggle`: the competition's `train.csv` or `test.csv`, or Parquet with the same columns: `id`, `prompt`, \
        `response_a`, `response_b`, each a list as JSON in a text cell (in Parquet and JSON, also real lists; lists as \
        Python writes them are read, too); `model_a`, `model_b`, the three `winner_…` columns or the word in `winner` \
        or `label`, `language`, `source` and `group`, if present. If fewer than one row in a \
        hundred has three lists, all cells are plain texts of one turn, as in the competition's successor (WSDM Cup).
        - `canonical`: the comparison table as written by this stage, in Parquet; `json`: the fields of either as \
        JSON.
        - `arena`: like `lmsys/chatbot_arena_conversations`, its successors with 100,000 and 140,000 rows, or \
        `aigrant/tw_chatbot_arena`: conversations as lists of records, whose contents are texts or lists of text \
        parts. Both kinds of tie count as a tie, `question_id` or `id` becomes the id, `evaluation_session_id` the \
        group, user and assistant must take turns, and both sides must have the same prompts and lengths.
        - `mt-bench`: like `lmsys/mt_bench_human_judgments`. A judgment of turn 1 keeps the first turn, one of turn \
        2 keeps both. The question is the group, question and row number form the id; `judges` selects judgments by \
        people or by models.
        - `ultrafeedback`: a prompt, a chosen and a rejected answer with ratings. Equal ratings are a tie, and for \
        each prompt only the row with the largest gap is used.
        - `chosen-rejected`: like `mlabonne/arena-preferences` or `jondurbin/truthy-dpo-v0.1`: answers as texts or \
        as lists of messages; a system prompt is dropped.
        - `math-step`: like `xinlai/Math-Step-DPO-10K`: the prompt and the first steps of reasoning on the next \
        line, and the full answers.
        - `korean-arena`: like `mncai/ko-chatbot-arena`: conversations as printed by Python.
        - `arena-hard`: judgments of Arena-Hard: question and answers between markers, one row per game; `>>` and \
        `<<` count as wins.

        `ultrafeedback`, `chosen-rejected` and `math-step` always have the winner first, so each row's sides are \
        exchanged with probability ½, determined by `seed` and the row number. Rows of files without ids are named \
        by their number, counting from 0.

        JSON is parsed tolerantly: an unpaired surrogate escape becomes U+FFFD, `\\/` is `/`, and control characters \
        may be unescaped. Nulls and empty texts are kept: `pack` decides what to do with them.

        The stage fails if it does not understand a column of labels, or if two of the columns it reads have the same \
        name; other columns are ignored. In a table, NaN is null, and dates and times \
        are not read as texts.

        A rejected row goes to `rejects` with its number, its id, the column, the beginning of the cell and the \
        reason: \
        \(RejectReason.allCases.map { "`\($0.rawValue)` (\($0.meaning))" }.joined(separator: ", ")). \
        Of rows with equal ids, the first is used. \
        The report and the metrics count every reason, and every rule that was applied to accepted rows: \
        \(AppliedRules.names.map { "`\($0.name)`" }.joined(separator: ", ")). If more than `maximumRejects` of the \
        rows are rejected, not counting those rejected in favor of others \
        (\(RejectReason.allCases.filter(\.isChoice).map { "`\($0.rawValue)`" }.joined(separator: ", "))), the stage \
        fails and explains what is wrong with the first of them. It also fails if the file is empty, ends inside a quoted \
        field, lacks columns, or is damaged.

        If the data does not name a language, `language` is guessed by script: the code of the language that \
        dominates the script (`zh`, `ja`, `ko`, `th`, `he`, `el`, `hi` …), or else the name of the script (`latin`, \
        `cyrillic`, `arabic`): the guess cannot tell English from French.
        """
}
