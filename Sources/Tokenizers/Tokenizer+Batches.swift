internal import Parallelism
internal import Texts

extension Tokenizer {
    /// The ids of many texts, in order, using several threads; the result does not depend on their number.
    ///
    /// - Throws: the error of the first text that has one, as for a single text.
    public func encode(
        batch texts: [String], _ options: EncodingOptions = EncodingOptions(), threads: Int = 2
    ) throws(TokenizerError) -> [[Int32]] {
        let results = Self.map(texts, threads: threads, states) {
            (texts, state) -> Result<[[Int32]], TokenizerError> in
            do throws(TokenizerError) {
                return .success(try encode(texts, options, &state))
            } catch {
                return .failure(error)
            }
        }
        if results.count == 1 { return try results[0].get() }
        var batch: [[Int32]] = []
        batch.reserveCapacity(texts.count)
        for result in results { batch.append(contentsOf: try result.get()) }
        return batch
    }

    private func encode(
        _ texts: ArraySlice<String>, _ options: EncodingOptions, _ state: inout EncoderState
    ) throws(TokenizerError) -> [[Int32]] {
        var batch: [[Int32]] = []
        batch.reserveCapacity(texts.count)
        let (encoder, template, filter) = (parts.encoder, parts.template, options.specialFilter)
        // Read in place: counting references to a text would wait for its memory.
        let texts = texts.span
        for index in texts.indices {
            if index + 1 < texts.count { texts[index + 1].prefetch() }
            let text = texts[index].utf8.span
            try Self.checkLength(text.count)
            var ids = Self.room(for: text)
            encoder.append(text, filter, &state, to: &ids)
            batch.append(try template.assemble(ids, options))
        }
        return batch
    }

    /// The texts of many lists of ids, in order, using several threads.
    public func decode(batch lists: [[Int32]], skipsSpecialTokens: Bool = true, threads: Int = 2) -> [String]
    {
        Self.map(lists, threads: threads, states) { lists, _ in
            lists.map { decode($0, skipsSpecialTokens: skipsSpecialTokens) }
        }.flatMap { $0 }
    }

    /// Maps small runs of elements that the threads take in turn; one thread takes all elements.
    private static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], threads: Int, _ states: EncoderStatePool,
        _ body: @Sendable (ArraySlice<Element>, inout EncoderState) -> Result
    ) -> [Result] {
        let run = max(1, min(16, elements.count / 8))
        let runs = (elements.count + run - 1) / run
        guard threads > 1, runs > 1 else { return [states.withState { body(elements[...], &$0) }] }
        return Parallel.values(count: runs, threads: threads) { index in
            states.withState { state in
                body(elements[index * run..<min(elements.count, (index + 1) * run)], &state)
            }
        }
    }
}
