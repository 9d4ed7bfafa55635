/// Byte-pair encoding of a word: its bytes or scalars are the first symbols, to which the merges are applied.
///
/// A class, like `TextEncoder`, because threads would count references to every table of a structure's copies.
final class BytePairModel: Sendable {
    /// The first symbols of a word.
    enum Alphabet: Sendable {
        /// One symbol per byte; -1 if the vocabulary lacks it.
        case bytes(ContiguousArray<Int32>)
        /// One symbol per scalar; a scalar that the vocabulary lacks is represented by its bytes (256 symbols, or
        /// none).
        case scalars(ScalarSymbols, bytes: ContiguousArray<Int32>)
    }

    /// How unknown symbols are handled.
    enum UnknownPolicy: Sendable {
        /// They are dropped.
        case drop
        /// Each becomes one id.
        case each(Int32)
        /// Each run of them becomes one id.
        case fused(Int32)
    }

    let alphabet: Alphabet
    let merges: MergeTable
    /// Words that are tokens as a whole, regardless of the merges; nil if only merges decide.
    let wholeWords: Vocabulary?
    let unknown: UnknownPolicy
    /// Pieces that are split again after merging (SentencePiece's unused ones).
    let unused: Set<Int32>
    /// Symbols from this one on represent scalars that occur in the vocabulary only inside longer pieces.
    let firstVirtualSymbol: Int32
    /// The bytes of the scalars that virtual symbols represent, in the order of the symbols.
    let virtualScalars: [[UInt8]]
    /// Whether a word's ids are independent of its context, so that they can be cached and the text can be cut into
    /// words.
    let isContextFree: Bool
    private let isPlain: Bool

    init(
        alphabet: Alphabet, merges: MergeTable, wholeWords: Vocabulary? = nil, unknown: UnknownPolicy = .drop,
        unused: Set<Int32> = [], firstVirtualSymbol: Int32 = .max, virtualScalars: [[UInt8]] = []
    ) {
        self.alphabet = alphabet
        self.merges = merges
        self.wholeWords = wholeWords
        self.unknown = unknown
        self.unused = unused
        self.firstVirtualSymbol = firstVirtualSymbol
        self.virtualScalars = virtualScalars
        // Unknown text may extend across a cut: as one id for all of it, if bytes overtake the unknown id before them, or if it is
        // dropped, which lets its neighbors merge.
        let mayRunOn =
            switch (alphabet, unknown) {
            case (.bytes(let symbols), .fused), (.bytes(let symbols), .drop): symbols.contains(-1)
            case (.bytes, .each): false
            case (.scalars(_, let symbols), .fused), (.scalars(_, let symbols), .drop):
                symbols.isEmpty || symbols.contains(-1)
            case (.scalars(_, let symbols), .each): !symbols.isEmpty && symbols.contains(-1)
            }
        isContextFree = unused.isEmpty && !mayRunOn
        isPlain = unused.isEmpty && virtualScalars.isEmpty
    }

    /// Appends the ids of the word in `start..<end` of valid UTF-8 text; those of a model with context may continue what is there.
    @inline(never)
    func append(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ merger: inout PairMerger, to ids: inout [Int32]
    ) {
        if let wholeWords, let id = wholeWords.id(of: text, start..<end) {
            ids.append(id)
            return
        }
        merger.symbols.removeAll(keepingCapacity: merger.symbols.count < 1 << 16)
        switch alphabet {
        case .bytes(let symbols): appendBytes(text, start, end, symbols, to: &merger.symbols)
        case .scalars(let symbols, let bytes):
            appendScalars(text, start, end, symbols, bytes, to: &merger.symbols)
        }
        merger.merge(with: merges, unused: unused)
        if isPlain {
            ids.append(contentsOf: merger.symbols)
        } else {
            for symbol in merger.symbols { appendFinished(symbol, merger, to: &ids) }
        }
    }

    private func appendBytes(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ table: ContiguousArray<Int32>,
        to symbols: inout ContiguousArray<Int32>
    ) {
        let table = table.span
        var pending: Int32?
        for index in start..<end {
            let symbol = table[Int(text[index])]
            if symbol >= 0 {
                if let unknown = pending.take() { symbols.append(unknown) }
                symbols.append(symbol)
            } else {
                noteUnknown(&pending, &symbols)
            }
        }
        if let unknown = pending { symbols.append(unknown) }
    }

    private func appendScalars(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ table: ScalarSymbols,
        _ bytes: ContiguousArray<Int32>,
        to symbols: inout ContiguousArray<Int32>
    ) {
        var pending: Int32?
        var index = start
        while index < end {
            let (scalar, length) = text.scalar(at: index)
            let symbol = table[scalar]
            if symbol >= 0 {
                if let unknown = pending.take() { symbols.append(unknown) }
                symbols.append(symbol)
            } else if !bytes.isEmpty, (index..<index + length).allSatisfy({ bytes[Int(text[$0])] >= 0 }) {
                // As in the original, byte symbols do not wait for a preceding unknown one.
                for place in index..<index + length { symbols.append(bytes[Int(text[place])]) }
            } else {
                noteUnknown(&pending, &symbols)
            }
            index += length
        }
        if let unknown = pending { symbols.append(unknown) }
    }

    private func noteUnknown(_ pending: inout Int32?, _ symbols: inout ContiguousArray<Int32>) {
        switch unknown {
        case .drop: break
        case .each(let id):
            if let earlier = pending { symbols.append(earlier) }
            pending = id
        case .fused(let id): pending = id
        }
    }

    /// Appends a symbol's id; an unused piece is split, and a virtual symbol becomes its bytes or the unknown id.
    private func appendFinished(_ symbol: Int32, _ merger: PairMerger, to ids: inout [Int32]) {
        var stack = [symbol]
        while let symbol = stack.popLast() {
            if unused.contains(symbol), let origin = merger.origins[symbol] {
                stack.append(origin.right)
                stack.append(origin.left)
            } else if symbol < firstVirtualSymbol {
                appendUnlessRepeatedUnknown(symbol, to: &ids)
            } else if case .scalars(_, let bytes) = alphabet, !bytes.isEmpty {
                for byte in virtualScalars[Int(symbol - firstVirtualSymbol)] { ids.append(bytes[Int(byte)]) }
            } else if case .fused(let id) = unknown {
                appendUnlessRepeatedUnknown(id, to: &ids)
            }
        }
    }

    private func appendUnlessRepeatedUnknown(_ symbol: Int32, to ids: inout [Int32]) {
        if case .fused(let id) = unknown, symbol == id, ids.last == id { return }
        ids.append(symbol)
    }
}
