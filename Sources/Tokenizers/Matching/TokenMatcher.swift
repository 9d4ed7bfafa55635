/// Finds added tokens in text: leftmost first, then longest, like the Aho–Corasick automata of the original libraries.
///
/// The tokens form a trie whose nodes are looked up by (node, byte). A table of first bytes skips ordinary text.
///
/// A class, so that threads do not count references to its tables.
final class TokenMatcher: Sendable {
    private let tokens: [AddedToken]
    private let starts: ByteFinder
    private let edges: MergeTable
    /// The index of the token that ends at a node, or -1.
    private let tokenAtNode: ContiguousArray<Int32>
    let isEmpty: Bool

    /// Whether a token starts with a byte.
    func mayStart(_ byte: UInt8) -> Bool { starts.contains(byte) }

    /// A matcher for `tokens`, searched for as `patterns` (their normalized contents) if given.
    init(_ tokens: [AddedToken], patterns: [[UInt8]]? = nil) {
        self.tokens = tokens
        isEmpty = tokens.isEmpty
        var edges = MergeTable()
        var tokenAtNode: ContiguousArray<Int32> = [-1]
        var firsts: Set<UInt8> = []
        for (index, token) in tokens.enumerated() {
            let pattern = patterns?[index] ?? token.content
            guard let first = pattern.first else { continue }
            firsts.insert(first)
            var node: Int32 = 0
            for byte in pattern {
                let found = edges.value(node, Int32(byte))
                if found != MergeTable.absent {
                    node = MergeTable.result(found)
                } else {
                    let fresh = Int32(tokenAtNode.count)
                    edges.insert(node, Int32(byte), value: MergeTable.value(rank: 0, result: fresh))
                    tokenAtNode.append(-1)
                    node = fresh
                }
            }
            if tokenAtNode[Int(node)] < 0 { tokenAtNode[Int(node)] = Int32(index) }
        }
        starts = ByteFinder(firsts)
        self.edges = edges
        self.tokenAtNode = tokenAtNode
    }

    /// The next token in the rest of a text or the text before it; nil if nothing is left. No piece is empty.
    ///
    /// As in `tokenizers`, whitespace that a token strips may contain another token: then both are output, and the text
    /// continues after the second, unless that one strips to its left, which leaves nothing of it.
    ///
    /// - Parameter rest: begins as the whole.
    func nextPiece(_ text: Span<UInt8>, _ rest: inout TextRest, _ filter: SpecialFilter) -> TextPiece? {
        if let token = rest.token.take() {
            rest.done = token.range.upperBound
            return token
        }
        while !isEmpty, let start = starts.first(in: text, rest.position..<rest.end) {
            guard let (index, end) = match(text, start, rest.end) else {
                rest.position = start + 1
                continue
            }
            rest.position = end
            guard let found = piece(start..<end, tokens[index], text, rest, filter) else { continue }
            // It may be inside white space that the token before it includes.
            if rest.done >= found.range.lowerBound {
                rest.done = found.range.upperBound
                return found
            }
            rest.token = found
            return TextPiece(id: nil, range: rest.done..<found.range.lowerBound)
        }
        if rest.done == rest.end { return nil }
        defer { (rest.position, rest.done) = (rest.end, rest.end) }
        return TextPiece(id: nil, range: rest.done..<rest.end)
    }

    /// The piece that a match is; nil if it is none.
    private func piece(
        _ match: Range<Int>, _ token: AddedToken, _ text: Span<UInt8>, _ rest: TextRest,
        _ filter: SpecialFilter
    ) -> TextPiece? {
        guard filter.accepts(token),
            let taken = widened(match, token, text, rest.start..<rest.end, from: rest.done)
        else { return nil }
        return TextPiece(id: token.id, range: taken)
    }

    /// The longest token that starts at `position`, and its end.
    func match(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> (index: Int, end: Int)? {
        var node: Int32 = 0
        var best: (index: Int, end: Int)?
        var index = position
        while index < end {
            let edge = edges.value(node, Int32(text[index]))
            if edge == MergeTable.absent { break }
            node = MergeTable.result(edge)
            index += 1
            let token = tokenAtNode[Int(node)]
            if token >= 0 { best = (Int(token), index) }
        }
        return best
    }

    /// The match, extended by the white space that its token includes; nil if it must be a separate word but is not, or if the
    /// token before it has taken all of it.
    private func widened(
        _ match: Range<Int>, _ token: AddedToken, _ text: Span<UInt8>, _ range: Range<Int>, from done: Int
    ) -> Range<Int>? {
        var (start, end) = (match.lowerBound, match.upperBound)
        if token.isSingleWord {
            if start > range.lowerBound, isWordScalar(text.scalar(before: start).value) { return nil }
            if end < range.upperBound, isWordScalar(text.scalar(at: end).value) { return nil }
        }
        let classes = ScalarClasses.shared
        if token.stripsLeft {
            while start > done {
                let (scalar, length) = text.scalar(before: start)
                guard classes[scalar] == ScalarClasses.space else { break }
                start -= length
            }
            start = max(start, done)
        }
        if token.stripsRight {
            while end < range.upperBound {
                let (scalar, length) = text.scalar(at: end)
                guard classes[scalar] == ScalarClasses.space else { break }
                end += length
            }
        }
        return start < end ? start..<end : nil
    }

    /// `\w`: letters, marks, decimal digits, connecting punctuation and the two joiners.
    private func isWordScalar(_ scalar: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(scalar) else { return false }
        if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
        return switch scalar.properties.generalCategory {
        case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
