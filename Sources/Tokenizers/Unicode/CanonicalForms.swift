internal import Texts

/// Unicode's canonical decomposition and composition (NFD and NFC), with tables of the Unicode version that
/// `tokenizers` uses.
///
/// A class, so that threads do not count references to its tables.
final class CanonicalForms: Sendable {
    static let shared = CanonicalForms()

    /// scalar → its pair, first << 32 | second (second 0 for a single scalar).
    private let pairs: [UInt32: UInt64]
    private let compositions: [UInt64: UInt32]
    private let combiningClasses: [UInt32: UInt8]
    /// Scalars that may change under NFC: marks, second halves of pairs, and scalars that do not compose again.
    private let unstable: ContiguousArray<UInt64>

    private init() {
        var pairs: [UInt32: UInt64] = [:]
        var compositions: [UInt64: UInt32] = [:]
        var combiningClasses: [UInt32: UInt8] = [:]
        var unstable = ContiguousArray<UInt64>(repeating: 0, count: 0x110000 / 64)
        func noteUnstable(_ scalar: Int) { unstable[scalar / 64] |= 1 << UInt64(scalar % 64) }
        var numbers = VariableLengthIntegers(base64: CompositionData.decompositions)
        var scalar = 0
        while let step = numbers.next(), let first = numbers.next(), let rest = numbers.next() {
            scalar += step
            let pair = UInt64(first) << 32 | UInt64(rest >> 1)
            pairs[UInt32(scalar)] = pair
            if rest & 1 == 1 {
                compositions[pair] = UInt32(scalar)
                noteUnstable(rest >> 1)
            } else {
                noteUnstable(scalar)
            }
        }
        var runs = VariableLengthIntegers(base64: CompositionData.classes)
        var end = 0
        while let step = runs.next(), let length = runs.next(), let value = runs.next() {
            for scalar in end + step..<end + step + length {
                combiningClasses[UInt32(scalar)] = UInt8(value)
                noteUnstable(scalar)
            }
            end += step + length
        }
        self.pairs = pairs
        self.compositions = compositions
        self.combiningClasses = combiningClasses
        self.unstable = unstable
    }

    /// Appends the composed form (NFC) of valid UTF-8 text. Linear, except for runs of marks, which are sorted.
    ///
    /// Most of a text stays as it is. Only what may change is composed, with the scalar before it, to which it may be added; what follows
    /// begins something of its own.
    func appendComposed(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        var copied = range.lowerBound
        while let first = firstUnstable(text, copied..<range.upperBound) {
            let start = first == copied ? first : first - text.scalar(before: first).length
            var end = first
            while end < range.upperBound {
                let (scalar, length) = text.scalar(at: end)
                guard isUnstable(scalar) else { break }
                end += length
            }
            output.append(text, copied..<start)
            for scalar in composed(text, start..<end) { output.append(scalar: scalar.value) }
            copied = end
        }
        output.append(text, copied..<range.upperBound)
    }

    /// Appends the decomposed form (NFD) of valid UTF-8 text.
    func appendDecomposed(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        for scalar in decomposed(text, range) { output.append(scalar: scalar.value) }
    }

    /// A scalar of a form.
    struct Scalar: Sendable {
        var value: UInt32
        /// How many scalars of the text end with it, in the order of the form.
        var used: Int
    }

    /// The composed form of valid UTF-8 text.
    func composed(_ text: Span<UInt8>, _ range: Range<Int>) -> [Scalar] {
        var scalars = decomposed(text, range)
        compose(&scalars)
        return scalars
    }

    /// Whether composing may change valid UTF-8 text.
    func mayChange(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool { firstUnstable(text, range) != nil }

    /// Where the first scalar that may change begins.
    private func firstUnstable(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var position = range.lowerBound
        while position < range.upperBound {
            if text[position] < 0xCC {  // below U+0300
                position = text.firstByte(notBelow: 0xCC, in: position + 1..<range.upperBound)
                continue
            }
            let (scalar, length) = text.scalar(at: position)
            if isUnstable(scalar) { return position }
            position += length
        }
        return nil
    }

    private func isUnstable(_ scalar: UInt32) -> Bool {
        unstable[Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 == 1 || Hangul.isTrailingJamo(scalar)
    }

    /// The decomposed form of valid UTF-8 text.
    func decomposed(_ text: Span<UInt8>, _ range: Range<Int>) -> [Scalar] {
        var output: [Scalar] = []
        output.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            let (scalar, length) = text.scalar(at: position)
            position += length
            let first = output.count
            appendDecomposition(of: scalar, to: &output)
            output[first].used = 1
        }
        sortMarks(&output)
        return output
    }

    private func appendDecomposition(of scalar: UInt32, to output: inout [Scalar]) {
        if scalar < 0xC0 {
            output.append(Scalar(value: scalar, used: 0))
        } else if Hangul.isSyllable(scalar) {
            Hangul.forEachPart(of: scalar) { output.append(Scalar(value: $0, used: 0)) }
        } else if let pair = pairs[scalar] {
            appendDecomposition(of: UInt32(pair >> 32), to: &output)
            let second = UInt32(truncatingIfNeeded: pair)
            if second != 0 { output.append(Scalar(value: second, used: 0)) }
        } else {
            output.append(Scalar(value: scalar, used: 0))
        }
    }

    private func combiningClass(_ scalar: UInt32) -> UInt8 {
        scalar < 0x300 ? 0 : combiningClasses[scalar, default: 0]
    }

    private func sortMarks(_ scalars: inout [Scalar]) {
        var index = 0
        while index < scalars.count {
            guard combiningClass(scalars[index].value) != 0 else {
                index += 1
                continue
            }
            let start = index
            while index < scalars.count, combiningClass(scalars[index].value) != 0 { index += 1 }
            guard index - start > 1 else { continue }
            let sorted = scalars[start..<index].enumerated()
                .map { (UInt64(combiningClass($0.element.value)) << 32 | UInt64($0.offset), $0.element) }
                .sorted { $0.0 < $1.0 }
            for (offset, mark) in sorted.enumerated() { scalars[start + offset] = mark.1 }
        }
    }

    private func compose(_ scalars: inout [Scalar]) {
        var starter = -1
        var previousClass = -1  // of the last scalar kept after the starter
        var written = 0
        for index in scalars.indices {
            let scalar = scalars[index]
            let rank = Int(combiningClass(scalar.value))
            if starter >= 0, previousClass < rank || previousClass == -1,
                let composed = composition(scalars[starter].value, scalar.value)
            {
                scalars[starter].value = composed
                scalars[starter].used += scalar.used
                continue
            }
            if rank == 0 {
                starter = written
                previousClass = -1
            } else {
                previousClass = rank
            }
            scalars[written] = scalar
            written += 1
        }
        scalars.removeLast(scalars.count - written)
    }

    private func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.composition(first, second) ?? compositions[UInt64(first) << 32 | UInt64(second)]
    }
}

/// The arithmetic of Hangul syllables (Unicode, section 3.12).
enum Hangul {
    static func isSyllable(_ scalar: UInt32) -> Bool { 0xAC00...0xD7A3 ~= scalar }

    static func isTrailingJamo(_ scalar: UInt32) -> Bool { 0x1161...0x11C2 ~= scalar }

    static func forEachPart(of scalar: UInt32, _ body: (UInt32) -> Void) {
        let index = scalar - 0xAC00
        body(0x1100 + index / 588)
        body(0x1161 + index % 588 / 28)
        if index % 28 != 0 { body(0x11A7 + index % 28) }
    }

    static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if 0x1100...0x1112 ~= first, 0x1161...0x1175 ~= second {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if isSyllable(first), (first - 0xAC00) % 28 == 0, 0x11A8...0x11C2 ~= second {
            return first + second - 0x11A7
        }
        return nil
    }
}
