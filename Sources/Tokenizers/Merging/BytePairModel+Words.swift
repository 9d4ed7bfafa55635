/// What is kept between texts for a model whose words have ids of their own.
struct WordMemory: Sendable {
    var short = WordCache()
    var long = LongWordCache()
    /// The ids of the word at hand.
    var word: [Int32] = []
    /// Ids on their way to the list: room into which several are written at once.
    var room: ContiguousArray<Int32> = []
    static let roomCount = 4096
}

extension BytePairModel {
    /// Appends the ids of the words of valid UTF-8 text; the model must be free of context.
    func append(
        words splitter: consuming some WordSplitter, of text: Span<UInt8>, _ range: Range<Int>,
        _ memory: inout WordMemory,
        _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        if memory.room.isEmpty { memory.room = ContiguousArray(repeating: 0, count: WordMemory.roomCount) }
        let lastGlance = range.upperBound - 16
        var written = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let key: WordCache.Key
            let start = position
            if start <= lastGlance, case let bytes = SixteenBytes(text, start),
                let length = splitter.glance(bytes)
            {
                position = start &+ length
                key = WordCache.Key(bytes, count: length)
            } else {
                position = splitter.wordEnd(text, start, range.upperBound)
                guard position - start <= WordCache.longestWord else {
                    ids.append(contentsOf: memory.room[..<written])
                    written = 0
                    appendLong(text, start, position, &memory, &merger, to: &ids)
                    continue
                }
                key = WordCache.Key(text, start, position)
            }
            // The word has at most 15 ids.
            if written > WordMemory.roomCount - 16 {
                ids.append(contentsOf: memory.room[..<written])
                written = 0
            }
            if let slot = memory.short.find(key), slot.count <= WordCache.Slot.most {
                var room = memory.room.mutableSpan
                room[written] = slot.first
                room[written &+ 1] = slot.second
                room[written &+ 2] = slot.third
                written &+= Int(slot.count)
            } else {
                written = write(key, text, start, position, &memory, &merger, at: written)
            }
        }
        ids.append(contentsOf: memory.room[..<written])
    }

    /// Writes the ids of a word with several, or of one that is not cached yet; returns where they end.
    @inline(never)
    private func write(
        _ key: WordCache.Key, _ text: Span<UInt8>, _ start: Int, _ end: Int, _ memory: inout WordMemory,
        _ merger: inout PairMerger, at place: Int
    ) -> Int {
        var place = place
        if let slot = memory.short.find(key) {
            for index in Int(slot.first)..<Int(slot.first + slot.count) {
                memory.room[place] = memory.short.ids[index]
                place += 1
            }
        } else {
            merge(text, start, end, &memory, &merger)
            memory.short.insert(key, memory.word)
            for id in memory.word {
                memory.room[place] = id
                place += 1
            }
        }
        return place
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
