/// What finds where words end in text of which every word has its own ids.
protocol WordSplitter {
    /// The end of the word that starts at `start`; `start < end`, and the text is valid UTF-8.
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int

    /// Where words start in the window at `position`, where one does: a bit for each byte, the window's first byte's the lowest.
    ///
    /// Every word ends where the next one starts. What is behind the last bit is not known yet: there, the next window begins. If
    /// there are fewer than 64 bytes, the bit behind them may be set, as if a word started at the end.
    ///
    /// - Parameters:
    ///   - text: valid UTF-8, of which `TextWindow.bytesRead` bytes from `position` on may be read.
    ///   - count: how many of the window's bytes there are, at most 64.
    func starts(_ text: Span<UInt8>, _ position: Int, _ count: Int) -> UInt64
}

/// The bytes in which words are found together.
enum TextWindow {
    static let size = 64
    /// How many bytes from a window's first one on may be read: what is behind it, a word of up to 16 bytes may take.
    static let bytesRead = 80

    /// The bits of a window's first `count` bytes, which are 1 at least.
    @inline(__always)
    static func first(_ count: Int) -> UInt64 {
        UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- count)
    }

    /// The bit of the byte behind a window's last one; none if there are 64.
    @inline(__always)
    static func end(_ count: Int) -> UInt64 { count < 64 ? 1 &<< UInt64(truncatingIfNeeded: count) : 0 }
}

/// A word that is not split.
struct WholeWord: WordSplitter {
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int { end }

    func starts(_ text: Span<UInt8>, _ position: Int, _ count: Int) -> UInt64 { 1 | TextWindow.end(count) }
}

/// Words whose ends are known, to be asked for in order.
final class ListedWords: WordSplitter {
    private let ends: [Int]
    private var next = 0

    init(ends: [Int]) { self.ends = ends }

    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        defer { next += 1 }
        return ends[next]
    }

    func starts(_ text: Span<UInt8>, _ position: Int, _ count: Int) -> UInt64 {
        let start = next == 0 ? 0 : ends[next - 1]
        var starts: UInt64 = 1
        while next < ends.count, ends[next] - start < TextWindow.size {
            starts |= 1 << UInt64(ends[next] - start)
            next += 1
        }
        return starts
    }
}
