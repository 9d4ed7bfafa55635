/// Finds the end of a word character by character, exactly as a split pattern's alternatives match, in one pass without
/// backtracking.
///
/// The alternatives, in order: contraction; (prefix +) letters; numbers; (space +) others (+ newlines); white space
/// through its last newline; all but the last white space before a word; white space.
///
/// A class, so that threads do not count references to its tables.
final class PatternScanner: Sendable {
    let classes = ScalarClasses.shared
    private let ascii: ContiguousArray<ScalarClass>
    let pattern: SplitPattern
    /// How many digits are a word at most.
    let digits: Int

    init(_ pattern: SplitPattern) {
        self.pattern = pattern
        let classes = ScalarClasses.shared
        ascii = ContiguousArray((0..<128).map { classes[$0] })
        digits =
            switch pattern {
            case .gpt2: .max
            case .llama3: 3
            case .qwen2: 1
            }
    }

    /// The end of the word that starts at `start`; `start < end`, and the text is valid UTF-8.
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        pattern == .gpt2 ? endOfShort(text, start, end) : endOfLong(text, start, end)
    }

    @inline(__always)
    private func read(_ text: Span<UInt8>, _ position: Int) -> (class: ScalarClass, length: Int) {
        let byte = text[position]
        if byte < 0x80 { return (ascii[Int(byte)], 1) }
        let (scalar, length) = text.scalar(at: position)
        return (classes[scalar], length)
    }

    /// The end of a run of a class that continues at `position`, of at most `limit` scalars.
    @inline(__always)
    private func runEnd(
        _ text: Span<UInt8>, _ position: Int, _ end: Int, _ wanted: ScalarClass, limit: Int = .max
    ) -> Int {
        var position = position
        var left = limit
        while position < end, left > 0 {
            let (found, length) = read(text, position)
            guard found == wanted else { break }
            position += length
            left &-= 1
        }
        return position
    }

    private func endOfShort(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        if text[start] == UInt8(ascii: "'") {
            let length = contraction(text, start, end, foldsCase: false)
            if length > 0 { return start + length }
        }
        var body = start
        var (kind, length) = read(text, start)
        if text[start] == 0x20, start + 1 < end {
            let following = read(text, start + 1)
            if following.class != ScalarClasses.space {
                (body, kind, length) = (start + 1, following.class, following.length)
            }
        }
        if kind == ScalarClasses.space { return endOfSpace(text, start, end) }
        return runEnd(text, body + length, end, kind)
    }

    private func endOfLong(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        let first = text[start]
        if first == UInt8(ascii: "'") {
            let length = contraction(text, start, end, foldsCase: true)
            if length > 0 { return start + length }
        }
        let (kind, length) = read(text, start)
        let next = start + length
        switch kind {
        case ScalarClasses.letter: return runEnd(text, next, end, ScalarClasses.letter)
        case ScalarClasses.number: return runEnd(text, next, end, ScalarClasses.number, limit: digits - 1)
        default: break
        }
        let isNewline = first == 0x0A || first == 0x0D
        if !isNewline, next < end {
            let following = read(text, next)
            if following.class == ScalarClasses.letter {
                return runEnd(text, next + following.length, end, ScalarClasses.letter)
            }
            if first == 0x20, following.class == ScalarClasses.other {
                return endOfOthers(text, next + following.length, end)
            }
        }
        if kind == ScalarClasses.other { return endOfOthers(text, next, end) }
        return endOfSpace(text, start, end, throughNewlines: true)
    }

    private func endOfOthers(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> Int {
        var position = runEnd(text, position, end, ScalarClasses.other)
        while position < end, text[position] == 0x0A || text[position] == 0x0D { position += 1 }
        return position
    }

    private func endOfSpace(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, throughNewlines: Bool = false
    ) -> Int {
        var position = start
        var last = start  // where the run's last scalar starts
        var newlineEnd = start
        while position < end {
            let (kind, length) = read(text, position)
            guard kind == ScalarClasses.space else { break }
            last = position
            position += length
            if text[last] == 0x0A || text[last] == 0x0D { newlineEnd = position }
        }
        if throughNewlines, newlineEnd > start { return newlineEnd }
        if position == end || last == start { return position }
        return last
    }

    /// The length of `'s 't 're 've 'm 'll 'd` at `start`; 0 if there is none. When folding case, U+017F counts as an
    /// `s`.
    func contraction(_ text: Span<UInt8>, _ start: Int, _ end: Int, foldsCase: Bool) -> Int {
        guard start + 1 < end else { return 0 }
        let fold: UInt8 = foldsCase ? 0x20 : 0
        switch text[start + 1] | fold {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
        case UInt8(ascii: "r") where start + 2 < end && text[start + 2] | fold == UInt8(ascii: "e"): return 3
        case UInt8(ascii: "v") where start + 2 < end && text[start + 2] | fold == UInt8(ascii: "e"): return 3
        case UInt8(ascii: "l") where start + 2 < end && text[start + 2] | fold == UInt8(ascii: "l"): return 3
        case 0xE5 where foldsCase && text[start + 1] == 0xC5 && start + 2 < end && text[start + 2] == 0xBF:
            return 3
        default: return 0
        }
    }
}
