/// One step that splits a text into words; nothing merges across words.
enum PreTokenizer: Sendable {
    /// What happens to the separators.
    enum Behavior: Sendable {
        case removed, isolated, mergedWithPrevious, mergedWithNext
    }

    /// Which words get a visible space before them.
    enum PrependScheme: Sendable {
        case always, first, never
    }

    case pattern(PatternScanner)
    /// A space before every word that does not start with one.
    case prefixSpace
    case metaspace([UInt8], PrependScheme, splits: Bool)
    case literal([UInt8], Behavior)
    case digits(individually: Bool)

    /// Whether words differ by what is the text's head.
    var looksAtHead: Bool { if case .metaspace(_, .first, _) = self { true } else { false } }

    /// Appends the words of valid UTF-8 text, of which the first `head` bytes are the head of the original text, or none.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, head: Int, to words: inout WordList) {
        let written = words.bytes.count
        defer {
            // Where bytes are neither added nor removed.
            switch self {
            case .metaspace, .literal(_, .removed): break
            default: if head > 0 { words.head = written + head }
            }
        }
        switch self {
        case .pattern(let scanner):
            var position = range.lowerBound
            while position < range.upperBound {
                let end = scanner.wordEnd(text, position, range.upperBound)
                words.append(text, position..<end)
                position = end
            }
        case .prefixSpace:
            if range.isEmpty || text[range.lowerBound] != 0x20 { words.bytes.append(0x20) }
            words.append(text, range)
        case .metaspace(let space, let scheme, let splits):
            Self.metaspace(space, scheme, splits, text, range, head, &words)
        case .literal(let pattern, let behavior): Self.literal(pattern, behavior, text, range, head, &words)
        case .digits(let individually): Self.digits(individually, text, range, &words)
        }
    }

    private static func metaspace(
        _ space: [UInt8], _ scheme: PrependScheme, _ splits: Bool, _ text: Span<UInt8>, _ range: Range<Int>,
        _ head: Int, _ words: inout WordList
    ) {
        func startsWithSpace(_ position: Int) -> Bool {
            position + space.count <= range.upperBound
                && space.indices.allSatisfy { text[position + $0] == space[$0] }
        }
        let wanted = scheme == .always || (scheme == .first && head > 0)
        let spaced = !range.isEmpty && (text[range.lowerBound] == 0x20 || startsWithSpace(range.lowerBound))
        if wanted && !spaced { words.bytes.append(contentsOf: space) }
        var position = range.lowerBound
        while position < range.upperBound {
            if text[position] == 0x20 {
                if splits { words.endWord() }
                words.bytes.append(contentsOf: space)
                position += 1
            } else if text[position] == space[0], startsWithSpace(position) {
                if splits { words.endWord() }
                words.bytes.append(contentsOf: space)
                position += space.count
            } else {
                words.bytes.append(text[position])
                position += 1
            }
            if position <= range.lowerBound + head { words.head = words.bytes.count }
        }
        words.endWord()
    }

    private static func literal(
        _ pattern: [UInt8], _ behavior: Behavior, _ text: Span<UInt8>, _ range: Range<Int>, _ head: Int,
        _ words: inout WordList
    ) {
        var position = range.lowerBound
        while position < range.upperBound {
            let end = position + pattern.count
            guard text[position] == pattern[0], end <= range.upperBound,
                pattern.indices.allSatisfy({ text[position + $0] == pattern[$0] })
            else {
                words.bytes.append(text[position])
                position += 1
                if behavior == .removed, position <= range.lowerBound + head {
                    words.head = words.bytes.count
                }
                continue
            }
            if behavior != .mergedWithPrevious { words.endWord() }
            if behavior != .removed { words.write(text, position..<end) }
            if behavior != .mergedWithNext { words.endWord() }
            position = end
        }
        words.endWord()
    }

    private static func digits(
        _ individually: Bool, _ text: Span<UInt8>, _ range: Range<Int>, _ words: inout WordList
    ) {
        let classes = ScalarClasses.shared
        var position = range.lowerBound
        var inNumber = false
        while position < range.upperBound {
            let (scalar, length) = text.scalar(at: position)
            let isNumber = classes[scalar] == ScalarClasses.number
            if isNumber != inNumber || (isNumber && individually) { words.endWord() }
            inNumber = isNumber
            words.write(text, position..<position + length)
            position += length
        }
        words.endWord()
    }
}
