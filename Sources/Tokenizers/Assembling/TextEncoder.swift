/// Turns text into ids: extracts added tokens, normalizes the rest, extracts normalized added tokens, splits, merges.
final class TextEncoder: Sendable {
    /// The model that turns words into ids.
    enum Model: Sendable {
        case bytePairs(BytePairModel)
        case unigram(UnigramModel)
    }

    let tokens: TokenMatcher
    let normalizers: [Normalizer]
    /// What normalizers do.
    private enum Change {
        case nothing
        /// They compose, which changes few texts.
        case composition
        case any
    }
    private let change: Change
    private let forms = CanonicalForms.shared
    let normalizedTokens: TokenMatcher
    let model: Model
    /// How a text is split into words; not at all if there is no step.
    private let preTokenizers: [PreTokenizer]
    /// Whether a step looks at what is the text's head.
    private let looksAtHead: Bool
    /// Whether the only step is a pattern and the model's words have ids of their own: the usual case.
    private let isUsual: Bool
    // Not optional, as references to what is in an optional are counted; used in that case only.
    private let scanner: PatternScanner
    private let pairs: BytePairModel
    /// Finds where words may be cut further without changing their ids; nil if they may not.
    private let cutter: WordCutter?

    /// An encoder from its parts. `cutter`: where the model's tokens allow a cut.
    init(
        tokens: TokenMatcher, normalizers: [Normalizer], normalizedTokens: TokenMatcher,
        preTokenizers: [PreTokenizer], model: Model, cutter: WordCutter? = nil
    ) {
        self.tokens = tokens
        self.normalizers = normalizers
        let composes = normalizers.allSatisfy { if case .composed = $0 { true } else { false } }
        change = normalizers.isEmpty ? .nothing : composes ? .composition : .any
        self.normalizedTokens = normalizedTokens
        self.model = model
        if case .bytePairs(let pairs) = model, pairs.isContextFree, pairs.wholeWords == nil {
            self.cutter = cutter
        } else {
            self.cutter = nil
        }
        self.preTokenizers = preTokenizers
        looksAtHead = preTokenizers.contains(where: \.looksAtHead)
        if preTokenizers.count == 1, case .pattern(let scanner) = preTokenizers[0],
            case .bytePairs(let pairs) = model, pairs.isContextFree
        {
            (isUsual, self.scanner, self.pairs) = (true, scanner, pairs)
        } else {
            isUsual = false
            scanner = PatternScanner(.gpt2)
            pairs = BytePairModel(alphabet: .bytes([]), merges: MergeTable())
        }
    }

    /// Appends the ids of valid UTF-8 text.
    func append(
        _ text: Span<UInt8>, _ filter: SpecialFilter, _ state: inout EncoderState, to ids: inout [Int32]
    ) {
        var rest = TextRest(0..<text.count)
        while let piece = tokens.nextPiece(text, &rest, filter) {
            var head = piece.range.lowerBound == 0 && looksAtHead ? text.scalar(at: 0).length : 0
            if let id = piece.id {
                ids.append(id)
            } else if change == .nothing || change == .composition && !forms.mayChange(text, piece.range) {
                appendNormalized(text, piece.range, head, filter, &state, to: &ids)
            } else {
                var buffer: [UInt8] = []
                swap(&buffer, &state.normalized)
                normalize(text, piece.range, &head, into: &buffer)
                appendNormalized(buffer.span, 0..<buffer.count, head, filter, &state, to: &ids)
                if buffer.capacity > 1 << 22 { buffer = [] }
                swap(&buffer, &state.normalized)
            }
        }
    }

    /// The normalized form of valid UTF-8 text, and how many of its bytes are the head, given how many of the text's are.
    func normalize(
        _ text: Span<UInt8>, _ range: Range<Int>, _ head: inout Int, into buffer: inout [UInt8]
    ) {
        buffer.removeAll(keepingCapacity: true)
        guard let first = normalizers.first else {
            buffer.append(text, range)
            return
        }
        if head > 0 { head = first.head(head, of: text, range) }
        first.append(text, range, to: &buffer)
        for normalizer in normalizers.dropFirst() {
            var next: [UInt8] = []
            if head > 0 { head = normalizer.head(head, of: buffer.span, 0..<buffer.count) }
            normalizer.append(buffer.span, 0..<buffer.count, to: &next)
            buffer = next
        }
    }

    private func appendNormalized(
        _ text: Span<UInt8>, _ range: Range<Int>, _ head: Int, _ filter: SpecialFilter,
        _ state: inout EncoderState, to ids: inout [Int32]
    ) {
        if normalizedTokens.isEmpty { return appendWords(text, range, head, &state, to: &ids) }
        var rest = TextRest(range)
        while let piece = normalizedTokens.nextPiece(text, &rest, filter) {
            if let id = piece.id {
                ids.append(id)
            } else {
                let left = Self.head(head, from: piece.range.lowerBound - range.lowerBound, piece.range.count)
                appendWords(text, piece.range, left, &state, to: &ids)
            }
        }
    }

    /// How many of the `count` bytes from `start` on are of a head.
    private static func head(_ head: Int, from start: Int, _ count: Int) -> Int {
        max(0, min(head - start, count))
    }

    private func appendWords(
        _ text: Span<UInt8>, _ range: Range<Int>, _ head: Int, _ state: inout EncoderState,
        to ids: inout [Int32]
    ) {
        if isUsual {
            pairs.append(words: scanner, of: text, range, &state.memory, &state.merger, to: &ids)
        } else if preTokenizers.isEmpty {
            appendWord(text, range, &state, to: &ids)
        } else {
            appendSteps(text, range, head, &state, to: &ids)
        }
    }

    private func appendSteps(
        _ text: Span<UInt8>, _ range: Range<Int>, _ head: Int, _ state: inout EncoderState,
        to ids: inout [Int32]
    ) {
        var words = WordList()
        swap(&words, &state.words)
        words.removeAll()
        preTokenizers[0].append(text, range, head: head, to: &words)
        for step in preTokenizers.dropFirst() {
            var next = WordList()
            var start = 0
            for end in words.ends {
                let left = Self.head(words.head, from: start, end - start)
                step.append(words.bytes.span, start..<end, head: left, to: &next)
                start = end
            }
            words = next
        }
        if case .bytePairs(let model) = model, model.isContextFree, cutter == nil {
            let listed = ListedWords(ends: words.ends)
            let all = 0..<words.bytes.count
            model.append(words: listed, of: words.bytes.span, all, &state.memory, &state.merger, to: &ids)
        } else {
            var start = 0
            for end in words.ends {
                appendWord(words.bytes.span, start..<end, &state, to: &ids)
                start = end
            }
        }
        swap(&words, &state.words)
    }

    private func appendWord(
        _ text: Span<UInt8>, _ range: Range<Int>, _ state: inout EncoderState, to ids: inout [Int32]
    ) {
        if range.isEmpty { return }
        switch model {
        case .bytePairs(let model) where !model.isContextFree:
            model.append(text, range.lowerBound, range.upperBound, &state.merger, to: &ids)
        case .bytePairs(let model):
            if let cutter {
                model.append(words: cutter, of: text, range, &state.memory, &state.merger, to: &ids)
            } else {
                model.append(words: WholeWord(), of: text, range, &state.memory, &state.merger, to: &ids)
            }
        case .unigram(let model): model.append(text, range, &state.lattice, to: &ids)
        }
    }
}
