/// The documentation of `ingest`.
enum IngestPage: Sendable {
    static let discussion = """
        A file is CSV (RFC 4180), Parquet, Arrow, or JSON: a record per line, one array of records, or one object of columns \
        (`{"id": {"0": …}, …}`, as pandas writes it). Its format, recognised by its columns where `format` is `auto`, is one of:

        - `kaggle`: the competition's `train.csv` or `test.csv`, or Parquet with the same columns: `id`, `prompt`, `response_a`, \
        `response_b`, each list as JSON in a text cell (lists in Parquet may be real lists); `model_a`, `model_b`, the three \
        `winner_…` columns or the word in `label`, `language`, `source` and `group` where there are any.
        - `canonical`: the comparison table, as this stage writes it, in Parquet; `json`: the fields of either as JSON.
        - `arena`: like `lmsys/chatbot_arena_conversations` or `aigrant/tw_chatbot_arena`: conversations as lists of records. Both \
        kinds of tie count as one, `question_id` becomes the id, user and assistant must take turns, and both sides must have \
        the same prompts and lengths.
        - `mt-bench`: like `lmsys/mt_bench_human_judgments`. A judgement of turn 1 keeps the first turn, one of turn 2 both. The \
        question is the group, question and row number the id; `judges` chooses people's or models' judgements.
        - `ultrafeedback`: a prompt, a chosen and a rejected answer with ratings. Equal ratings are a tie, and of the rows of one \
        prompt the one with the largest gap is taken.
        - `chosen-rejected`: like `mlabonne/arena-preferences` or `jondurbin/truthy-dpo-v0.1`: answers as texts or as lists of \
        messages; a system prompt is left out.
        - `math-step`: like `xinlai/Math-Step-DPO-10K`: the prompt and the first steps of reasoning on the next line, and the \
        full answers.
        - `korean-arena`: like `mncai/ko-chatbot-arena`: conversations as Python prints them.
        - `arena-hard`: judgements of Arena-Hard: question and answers between markers, a row per game; `>>` and `<<` are wins too.

        `ultrafeedback`, `chosen-rejected` and `math-step` always have the winner first: each row's sides are exchanged with \
        probability ½, drawn by `seed` and the row's number. Rows of files without ids are named by their number, counting from 0.

        JSON is read tolerantly: an unpaired surrogate escape becomes U+FFFD, `\\/` is `/`, control characters may stand raw. \
        Nulls and empty texts stay as they are: `pack` decides what becomes of them.

        A row that is not taken goes to `rejects` with its number, its id and the reason, never silently: \
        \(RejectReason.allCases.map { "`\($0.rawValue)` (\($0.meaning))" }.joined(separator: ", ")). \
        Of equal ids the first is taken. The report and the metrics count every reason, and every rule that was applied to rows \
        taken: \(AppliedRules.names.map { "`\($0.name)`" }.joined(separator: ", ")). \
        When more than `maximumRejects` of the rows are rejected, those aside that a rule chose against \
        (\(RejectReason.allCases.filter(\.isChoice).map { "`\($0.rawValue)`" }.joined(separator: ", "))), the stage fails, as it \
        does on an empty file, one that ends inside a quoted field, missing columns, and damaged Parquet.

        Where the data names no language, `language` is guessed by script: a language's code where one language dominates a script \
        (`zh`, `ja`, `ko`, `th`, `he`, `el`, `hi` …), else the script's name (`latin`, `cyrillic`, `arabic`): the guess cannot tell \
        English from French.
        """
}
