/// Where the words of a pattern start, in 64 bytes at once.
///
/// At a word's start, what is before it does not matter to the pattern. So within a window that begins with one, what stands beside a
/// character says whether a word starts with it.
extension PatternScanner: WordSplitter {
    @inline(__always)
    func starts(_ text: Span<UInt8>, _ position: Int, _ count: Int) -> UInt64 {
        let masks = CharacterMasks(text, position, count, classes)
        let last = UInt64(1) &<< UInt64(truncatingIfNeeded: count &- 1)
        var starts =
            pattern == .gpt2
            ? Self.startsOfShort(masks, last) : Self.startsOfLong(masks, last, groupsDigits: digits == 3)
        let contractions = masks.apostrophes & starts
        if contractions != 0 { splitContractions(contractions, text, position, count, &starts) }
        // What follows white space at the window's end decides how that is split.
        let run = UInt64((~masks.whiteSpace).leadingZeroBitCount)
        var known = (UInt64.max >> run) &<< 1 | 1
        if masks.longNumbers != 0, digits == 3 { known &= Self.beforeGroups(of: masks) }
        return (starts | TextWindow.end(count)) & known | 1
    }

    /// GPT-2's: runs of letters, numbers or others, which a space before them belongs to, and white space but for its last.
    @inline(__always)
    private static func startsOfShort(_ masks: CharacterMasks, _ last: UInt64) -> UInt64 {
        let (letters, numbers, others) = (masks.letters, masks.numbers, masks.others)
        let (spaces, white) = (masks.spaces, masks.whiteSpace)
        let words =
            letters & ~((letters | spaces) << 1) | numbers & ~((numbers | spaces) << 1)
            | others & ~((others | spaces) << 1)
        let beforeWords = masks.firstBytes(ofLast: white & ~(white >> 1) & ~last)
        return words | white & ~(white << 1) | beforeWords
    }

    /// Llama-3's and Qwen2's.
    @inline(__always)
    private static func startsOfLong(_ masks: CharacterMasks, _ last: UInt64, groupsDigits: Bool) -> UInt64 {
        let (letters, others) = (masks.letters, masks.others)
        let (white, newlines) = (masks.whiteSpace, masks.newlines)
        let blanks = white & ~newlines
        // A space before others is theirs, and so are newlines behind them. Adding to the first newline of a run clears all of it.
        let firstOthers = others & ~((others | masks.spaces) << 1)
        let taken = newlines & ~(newlines &+ (others << 1 & newlines))
        // Before letters, so is one blank, or an other that starts a word.
        let firstLetters = letters & ~((letters | blanks | masks.lastBytes(ofFirst: firstOthers)) << 1)
        // White space up to its last newline is a word, and what is behind that is one but for its last.
        let firstWhite = white & ~(white << 1 | newlines) | newlines & ~((white | others) << 1)
        let behindNewlines = blanks & newlines << 1 & ~(beforeNewlines(blanks, newlines) & ~(taken << 1))
        let beforeWords = masks.firstBytes(ofLast: blanks & ~(white >> 1) & ~last)
        return firstOthers | firstLetters | firstWhite | behindNewlines | beforeWords
            | (groupsDigits ? groups(of: masks.numbers) : masks.numbers & ~masks.continuations)
    }

    /// The blanks that a newline follows, be it behind further ones.
    @inline(__always)
    private static func beforeNewlines(_ blanks: UInt64, _ newlines: UInt64) -> UInt64 {
        var found = blanks & newlines >> 1
        var added = found
        while added != 0 {
            added = added >> 1 & blanks & ~found
            found |= added
        }
        return found
    }

    /// The first, fourth, seventh digit and so on of every run.
    @inline(__always)
    private static func groups(of digits: UInt64) -> UInt64 {
        let pairs = digits & digits << 1
        let behindThree = pairs & pairs << 2
        var added = digits & ~(digits << 1)
        var starts = added
        while added & behindThree >> 3 != 0 {
            added = added << 3 & behindThree
            starts |= added
        }
        return starts
    }

    /// The bits up to the first run with numbers that are not ASCII: its groups are of characters, not bytes.
    private static func beforeGroups(of masks: CharacterMasks) -> UInt64 {
        let runs = masks.numbers & ~(masks.numbers << 1)
        let first = masks.longNumbers & (0 &- masks.longNumbers)
        let start = UInt64(63 - (runs & (first | (first &- 1))).leadingZeroBitCount)
        return .max >> (63 - start)
    }

    /// Ends words behind contractions, which may only be where words start; `marks`: apostrophes there.
    private func splitContractions(
        _ marks: UInt64, _ text: Span<UInt8>, _ position: Int, _ count: Int, _ starts: inout UInt64
    ) {
        // What is behind a full window is not this text's, perhaps; but then the word has no end in it.
        let end = position + (count < TextWindow.size ? count : TextWindow.size + 3)
        var left = marks
        while left != 0 {
            let index = left.trailingZeroBitCount
            left &= left &- 1
            let length = contraction(text, position + index, end, foldsCase: pattern != .gpt2)
            guard length > 0 else { continue }
            starts &= ~(0b110 << UInt64(index))
            starts |= 1 << UInt64(index + length)
        }
    }
}
