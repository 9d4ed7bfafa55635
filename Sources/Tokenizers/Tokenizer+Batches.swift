internal import Parallelism

extension Tokenizer {
    /// The ids of many texts, in order, using several threads; the result does not depend on their number.
    ///
    /// - Throws: the error of the first text that has one, as for a single text.
    public func encode(
        batch texts: [String], _ options: EncodingOptions = EncodingOptions(), threads: Int = 2
    ) throws(TokenizerError) -> [[Int32]] {
        let results = Self.map(texts, threads: threads, states) {
            (text, state) -> Result<[Int32], TokenizerError> in
            let span = text.utf8.span
            do throws(TokenizerError) {
                try Self.checkLength(span.count)
                return .success(try parts.template.assemble(ids(span, options, &state), options))
            } catch {
                return .failure(error)
            }
        }
        var batch: [[Int32]] = []
        batch.reserveCapacity(results.count)
        for result in results { batch.append(try result.get()) }
        return batch
    }

    /// The texts of many lists of ids, in order, using several threads.
    public func decode(batch lists: [[Int32]], skipsSpecialTokens: Bool = true, threads: Int = 2) -> [String]
    {
        Self.map(lists, threads: threads, states) { ids, _ in
            decode(ids, skipsSpecialTokens: skipsSpecialTokens)
        }
    }

    /// Maps elements in small runs that the threads take in turn.
    private static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], threads: Int, _ states: EncoderStatePool,
        _ body: @Sendable (Element, inout EncoderState) -> Result
    ) -> [Result] {
        let run = max(1, min(16, elements.count / 8))
        let runs = (elements.count + run - 1) / run
        guard threads > 1, runs > 1 else {
            return states.withState { state in elements.map { body($0, &state) } }
        }
        return Parallel.values(count: runs, threads: threads) { index in
            states.withState { state in
                elements[index * run..<min(elements.count, (index + 1) * run)].map { body($0, &state) }
            }
        }.flatMap { $0 }
    }
}
