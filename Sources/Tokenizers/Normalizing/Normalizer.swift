/// One step that changes a text before it is split.
enum Normalizer: Sendable {
    case prepend([UInt8])
    case replace([UInt8], with: [UInt8])
    /// Runs of two or more spaces are replaced.
    case replaceSpaceRuns(with: [UInt8])
    case composed
    case decomposed
    case lowercased
    case strip(left: Bool, right: Bool)
    case sentencePiece(SentencePieceNormalizer)

    /// Appends the normalized form of valid UTF-8 text to `output`.
    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        switch self {
        case .prepend(let prefix):
            if range.isEmpty { return }
            output.append(contentsOf: prefix)
            output.append(text, range)
        case .replace(let pattern, let replacement): Self.replace(pattern, replacement, text, range, &output)
        case .replaceSpaceRuns(let replacement): Self.replaceSpaceRuns(replacement, text, range, &output)
        case .composed: CanonicalForms.shared.appendComposed(text, range, to: &output)
        case .decomposed: CanonicalForms.shared.appendDecomposed(text, range, to: &output)
        case .lowercased:
            var position = range.lowerBound
            while position < range.upperBound {
                let (scalar, length) = text.scalar(at: position)
                position += length
                guard let scalar = Unicode.Scalar(scalar) else { continue }
                output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            }
        case .strip(let left, let right): Self.strip(left, right, text, range, &output)
        case .sentencePiece(let normalizer): normalizer.append(text, range, to: &output)
        }
    }

    /// The normalized form of valid UTF-8 bytes.
    func applied(to bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        append(bytes.span, bytes.indices, to: &output)
        return output
    }

    private static func replace(
        _ pattern: [UInt8], _ replacement: [UInt8], _ text: Span<UInt8>, _ range: Range<Int>,
        _ output: inout [UInt8]
    ) {
        guard let first = pattern.first, pattern.count <= range.count else {
            output.append(text, range)
            return
        }
        // With room for the longest result, capacity need not be checked between bytes.
        let longest = range.count / pattern.count * max(replacement.count, pattern.count) + pattern.count
        output.append(addingCapacity: longest) { output in
            let last = range.upperBound - pattern.count
            var position = range.lowerBound
            while position < range.upperBound {
                let byte = text[position]
                if byte == first, position <= last,
                    (1..<pattern.count).allSatisfy({ text[position + $0] == pattern[$0] })
                {
                    for byte in replacement { output.append(byte) }
                    position += pattern.count
                } else {
                    output.append(byte)
                    position += 1
                }
            }
        }
    }

    private static func replaceSpaceRuns(
        _ replacement: [UInt8], _ text: Span<UInt8>, _ range: Range<Int>, _ output: inout [UInt8]
    ) {
        var position = range.lowerBound
        while position < range.upperBound {
            var end = position
            while end < range.upperBound, text[end] == 0x20 { end += 1 }
            if end - position >= 2 {
                output.append(contentsOf: replacement)
                position = end
            } else {
                output.append(text[position])
                position += 1
            }
        }
    }

    private static func strip(
        _ left: Bool, _ right: Bool, _ text: Span<UInt8>, _ range: Range<Int>, _ output: inout [UInt8]
    ) {
        let classes = ScalarClasses.shared
        var (start, end) = (range.lowerBound, range.upperBound)
        while left, start < end {
            let (scalar, length) = text.scalar(at: start)
            guard classes[scalar] == ScalarClasses.space else { break }
            start += length
        }
        while right, end > start {
            let (scalar, length) = text.scalar(before: end)
            guard classes[scalar] == ScalarClasses.space else { break }
            end -= length
        }
        output.append(text, start..<end)
    }
}
