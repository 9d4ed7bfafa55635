internal import Parallelism
internal import Synchronization
internal import Texts

extension Tokenizer {
    /// The ids of many texts, in order, using several threads; the result does not depend on their number.
    ///
    /// - Throws: the error of the first text that has one, as for a single text.
    public func encode(
        batch texts: [String], _ options: EncodingOptions = EncodingOptions(), threads: Int = 2
    ) throws(TokenizerError) -> [[Int32]] {
        try values(count: texts.count, threads: threads, empty: []) {
            (range, values, state) throws(TokenizerError) in
            try Self.append(texts.span, range, parts.encoder, parts.template, options, &state, to: &values)
        }
    }

    /// Appends the ids of some of the texts.
    ///
    /// The encoder is passed on, since threads that count references to it wait for each other.
    @inline(never)
    private static func append(
        _ texts: Span<String>, _ range: Range<Int>, _ encoder: TextEncoder, _ template: borrowing Template,
        _ options: EncodingOptions, _ state: inout EncoderState, to lists: inout [[Int32]]
    ) throws(TokenizerError) {
        let filter = options.specialFilter
        for index in range {
            if index + 1 < texts.count { texts.prefetchText(index + 1) }
            let text = texts[index].utf8.span
            try checkLength(text.count)
            lists.append(try ids(text, encoder, template, filter, options, &state))
        }
    }

    /// The texts of many lists of ids, in order, using several threads.
    public func decode(batch lists: [[Int32]], skipsSpecialTokens: Bool = true, threads: Int = 2) -> [String]
    {
        let texts = try? values(count: lists.count, threads: threads, empty: "") { (range, values, _) in
            for index in range {
                values.append(decode(lists[index], skipsSpecialTokens: skipsSpecialTokens))
            }
        }
        guard let texts else { preconditionFailure("decoding has no errors") }
        return texts
    }

    /// The values of small runs of elements, which the threads take in turn; one thread takes all elements.
    ///
    /// - Parameter body: appends the values of a run.
    /// - Throws: the error of the first run that has one.
    private func values<Value: Sendable>(
        count: Int, threads: Int, empty: Value,
        _ body: @Sendable (Range<Int>, inout [Value], inout EncoderState) throws(TokenizerError) -> Void
    ) throws(TokenizerError) -> [Value] {
        let threads = max(1, threads)
        let run = threads > 1 ? max(1, min(16, count / 8)) : max(1, count)
        let next = Atomic(0)
        let batch = Mutex(ValueBatch(count: count, empty: empty))
        Parallel.perform(count: min(threads, (count + run - 1) / run), threads: threads) { _ in
            states.withState { state in
                var values: [Value] = []
                values.reserveCapacity(run)
                while true {
                    let start = next.add(run, ordering: .relaxed).oldValue
                    guard start < count else { return }
                    do throws(TokenizerError) {
                        try body(start..<min(count, start + run), &values, &state)
                        batch.withLock { $0.take(&values, at: start) }
                    } catch {
                        batch.withLock { $0.note(error, at: start) }
                    }
                    values.removeAll(keepingCapacity: true)
                }
            }
        }
        return try batch.withLock { batch throws(TokenizerError) in try batch.finish() }
    }
}

/// The values of a batch as far as they are known.
private struct ValueBatch<Value: Sendable>: Sendable {
    private var values: [Value]
    private var failure: (place: Int, error: TokenizerError)?

    init(count: Int, empty: Value) { values = [Value](repeating: empty, count: count) }

    /// Moves values to their places: exchanging them counts no references.
    mutating func take(_ run: inout [Value], at start: Int) {
        for index in run.indices { swap(&values[start + index], &run[index]) }
    }

    mutating func note(_ error: TokenizerError, at place: Int) {
        if place < failure?.place ?? .max { failure = (place, error) }
    }

    /// All values.
    mutating func finish() throws(TokenizerError) -> [Value] {
        if let failure { throw failure.error }
        var all: [Value] = []
        swap(&all, &values)
        return all
    }
}
