/// What is kept between texts for a model whose words have ids of their own.
struct WordMemory: Sendable {
    var short = WordCache()
    var long = LongWordCache()
    /// The ids of the word at hand.
    var word: [Int32] = []
    /// Ids on their way to the list: room into which several are written at once.
    ///
    /// A word of a batch has at most 15 ids, and three are written at a time.
    var room = ContiguousArray<Int32>(repeating: 0, count: WordBatch.most * WordCache.longestWord + 3)
}

extension BytePairModel {
    /// Appends the ids of the words of valid UTF-8 text; the model must be free of context.
    func append(
        words splitter: consuming some WordSplitter, of text: Span<UInt8>, _ range: Range<Int>,
        _ memory: inout WordMemory,
        _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        var batch = WordBatch()
        var position = range.lowerBound
        while position < range.upperBound {
            position = batch.fill(with: &splitter, text, position, range.upperBound)
            append(batch, of: text, &memory, &merger, to: &ids)
        }
    }

    private func append(
        _ batch: borrowing WordBatch, of text: Span<UInt8>, _ memory: inout WordMemory,
        _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        var written = 0
        var next = 0
        while true {
            next += batch.withKeys(from: next) {
                memory.short.write($0, to: &memory.room, at: &written)
            }
            if next == batch.count { break }
            let word = batch.range(next)
            if word.count > WordCache.longestWord {
                ids.append(contentsOf: memory.room[..<written])
                written = 0
                appendLong(text, word.lowerBound, word.upperBound, &memory, &merger, to: &ids)
            } else {
                write(text, word, &memory, &merger, at: &written)
            }
            next += 1
        }
        ids.append(contentsOf: memory.room[..<written])
    }

    /// Writes the ids of a word that is not in the first of its lines.
    @inline(never)
    private func write(
        _ text: Span<UInt8>, _ range: Range<Int>, _ memory: inout WordMemory, _ merger: inout PairMerger,
        at written: inout Int
    ) {
        let key = WordCache.Key(text, range.lowerBound, range.upperBound)
        if memory.short.write(key, to: &memory.room, at: &written) { return }
        merge(text, range.lowerBound, range.upperBound, &memory, &merger)
        memory.short.insert(key, memory.word)
        for id in memory.word {
            memory.room[written] = id
            written += 1
        }
    }

    @inline(never)
    private func appendLong(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ memory: inout WordMemory, _ merger: inout PairMerger,
        to ids: inout [Int32]
    ) {
        guard end - start <= LongWordCache.longestWord else {
            return append(text, start, end, &merger, to: &ids)
        }
        let hash = LongWordCache.hash(text, start, end)
        if let found = memory.long.find(hash, text, start, end) {
            ids.append(contentsOf: memory.long.ids[found])
        } else {
            merge(text, start, end, &memory, &merger)
            memory.long.insert(hash, text, start, end, memory.word)
            ids.append(contentsOf: memory.word)
        }
    }

    /// Leaves a word's ids in `memory.word`.
    private func merge(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ memory: inout WordMemory, _ merger: inout PairMerger
    ) {
        memory.word.removeAll(keepingCapacity: true)
        append(text, start, end, &merger, to: &memory.word)
    }
}
