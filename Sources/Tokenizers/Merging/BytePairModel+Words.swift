internal import Texts

/// What is kept between texts for a model whose words have ids of their own.
struct WordMemory: Sendable {
    var batch = WordBatch()
    var words: WordCache
    var long = LongWordCache()
    /// The ids of the word at hand.
    var word: [Int32] = []
    /// The ids of the words before it.
    var ids = WordIDs()

    /// Nothing but what threads share.
    init(_ table: WordTable) { words = WordCache(table) }
}

extension BytePairModel {
    /// Appends the ids of the words of valid UTF-8 text; the model must be free of context.
    func append(
        words splitter: some WordSplitter, of text: Span<UInt8>, _ range: Range<Int>,
        _ memory: inout WordMemory, _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        var position = range.lowerBound
        while position < range.upperBound {
            let count = min(TextWindow.size, range.upperBound &- position)
            let starts: UInt64
            if position <= text.count &- TextWindow.bytesRead {
                starts = splitter.starts(text, position, count)
                memory.batch.add(starts, of: text, at: position, position, for: memory.words)
            } else {
                // A copy with zeros behind it, so that more may be read than there is.
                let copy = text.eightyBytes(at: position)
                starts = splitter.starts(copy.span, 0, count)
                memory.batch.add(starts, of: copy.span, at: 0, position, for: memory.words)
            }
            if starts == 1 {
                let end = splitter.wordEnd(text, position, range.upperBound)
                memory.batch.add(text, position..<end, for: memory.words)
                position = end
            } else {
                position &+= 63 &- starts.leadingZeroBitCount
            }
            if !memory.batch.hasRoom { appendBatch(of: text, &memory, &merger, to: &ids) }
        }
        appendBatch(of: text, &memory, &merger, to: &ids)
        memory.ids.move(to: &ids)
    }

    /// Appends the ids of the words that are ready.
    private func appendBatch(
        of text: Span<UInt8>, _ memory: inout WordMemory, _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        memory.ids.makeRoom(movingTo: &ids)
        var index = 0
        while true {
            index = memory.words.write(memory.batch, from: index, to: &memory.ids.room, &memory.ids.count)
            if index == memory.batch.count { break }
            appendWord(memory.batch.keys[index], of: text, &memory, &merger, to: &ids)
            index += 1
        }
        memory.batch.removeAll()
    }

    /// Appends the ids of a word that is not where it is looked for first.
    @inline(never)
    private func appendWord(
        _ key: WordKey, of text: Span<UInt8>, _ memory: inout WordMemory, _ merger: inout PairMerger,
        to ids: inout [Int32]
    ) {
        if let range = key.range {
            appendUncached(nil, text, range.lowerBound, range.upperBound, &memory, &merger, to: &ids)
        } else if let entry = memory.words.entry(key) {
            memory.ids.append(entry, &ids)
        } else {
            let bytes = key.bytes
            appendUncached(key, bytes.span, 0, key.count, &memory, &merger, to: &ids)
        }
    }

    /// Appends the ids of a word that `WordCache` does not have; `key`: if that could have it.
    private func appendUncached(
        _ key: WordKey?, _ text: Span<UInt8>, _ start: Int, _ end: Int, _ memory: inout WordMemory,
        _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        let isCached = end - start <= LongWordCache.longestWord
        let hash = isCached ? LongWordCache.hash(text, start, end) : 0
        if isCached, let found = memory.long.find(hash, text, start, end) {
            memory.ids.append(memory.long.ids[found], &ids)
            return
        }
        memory.word.removeAll(keepingCapacity: memory.word.count < 1 << 16)
        append(text, start, end, &merger, to: &memory.word)
        memory.ids.append(memory.word, &ids)
        if let key, let entry = WordEntry(memory.word), memory.words.insert(key, entry) { return }
        if isCached { memory.long.insert(hash, text, start, end, memory.word) }
    }
}
