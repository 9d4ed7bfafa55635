internal import Texts

/// The head of a text: the bytes that `tokenizers` traces back to the first character of the original text.
///
/// With `prepend_scheme: first`, a Metaspace puts a space before every word that begins in the head, rather than before the first word:
/// before none if the beginning was removed, and before several if the first character became several that are split. The head is
/// always at the beginning, so that its length says what it is.
extension Normalizer {
    /// How many bytes of the normalized form of valid UTF-8 text are the head, if the first `head` bytes of the text are.
    func head(_ head: Int, of text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let end = range.lowerBound + head
        switch self {
        case .prepend(let prefix): return prefix.count + head
        case .replace(let pattern, let replacement):
            return Self.head(end, text, range, replacement) { position in
                let next = position + pattern.count
                guard !pattern.isEmpty, next <= range.upperBound,
                    pattern.indices.allSatisfy({ text[position + $0] == pattern[$0] })
                else { return nil }
                return next
            }
        case .replaceSpaceRuns(let replacement):
            return Self.head(end, text, range, replacement) { position in
                var next = position
                while next < range.upperBound, text[next] == 0x20 { next += 1 }
                return next - position >= 2 ? next : nil
            }
        case .composed: return CanonicalForms.shared.head(head, of: text, range, isComposed: true)
        case .decomposed: return CanonicalForms.shared.head(head, of: text, range, isComposed: false)
        case .lowercased: return lengthOfForm(of: text, range.lowerBound..<end)
        case .strip(let left, _):
            let behind =
                left ? Normalizer.strip(left: true, right: false).lengthOfForm(of: text, range) : range.count
            return max(0, min(head - (range.count - behind), lengthOfForm(of: text, range)))
        case .sentencePiece: return head  // No Metaspace comes after it.
        }
    }

    private func lengthOfForm(of text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var form: [UInt8] = []
        append(text, range, to: &form)
        return form.count
    }

    /// The head where matches are replaced, whose replacements are traced back to the last character of the match.
    ///
    /// - Parameters:
    ///   - end: where the text's head ends.
    ///   - match: the end of the match at a position, if there is one.
    private static func head(
        _ end: Int, _ text: Span<UInt8>, _ range: Range<Int>, _ replacement: [UInt8],
        _ match: (Int) -> Int?
    ) -> Int {
        var position = range.lowerBound
        var count = 0
        while position < end {
            if let next = match(position) {
                if next > end { break }
                count += replacement.count
                position = next
            } else {
                count += 1
                position += 1
            }
        }
        return count
    }
}

extension CanonicalForms {
    /// How many bytes of a form of valid UTF-8 text are the head, if the first `head` bytes of the text are.
    fileprivate func head(
        _ head: Int, of text: Span<UInt8>, _ range: Range<Int>, isComposed: Bool
    ) -> Int {
        if isComposed, !mayChange(text, range) { return head }
        var left = 0
        for position in range.lowerBound..<range.lowerBound + head where text[position] & 0xC0 != 0x80 {
            left += 1
        }
        var count: [UInt8] = []
        for scalar in isComposed ? composed(text, range) : decomposed(text, range) {
            // One that uses none is traced back to the last that was used.
            guard left > 0 || left == 0 && scalar.used == 0 else { break }
            count.append(scalar: scalar.value)
            left -= scalar.used
        }
        return count.count
    }
}
