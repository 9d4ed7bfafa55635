import StageKit

/// The overlapping shingles (runs of words or characters) of a text (Broder 1997), as 64-bit hashes.
///
/// Case is ignored. In character mode, a run of white space is one space, and leading and trailing spaces are ignored.
/// In word mode, everything but letters, marks and digits separates words; in scripts without spaces between words,
/// each character is a word. A text consisting only of symbols is treated in character mode. A text shorter than a
/// shingle is one shingle.
struct Shingles: Sendable {
    /// The unit of shingles.
    enum Unit: String, SettingChoice {
        case characters
        case words
    }

    /// The unit of shingles.
    let unit: Unit
    /// The number of units in a shingle.
    let length: Int
    private let classes: [ScalarFolding.Class]
    private let small: [UInt16]
    /// The power of the base by which the first unit of a shingle is multiplied.
    private let power: UInt64

    init(unit: Unit, length: Int) {
        self.unit = unit
        self.length = length
        (classes, small) = ScalarFolding.tables
        power = (1..<max(1, length)).reduce(1) { power, _ in power &* BitMixing.base }
    }

    /// Buffers that are reused from text to text.
    struct Scratch: Sendable {
        fileprivate var units: [UInt64] = []
    }

    /// Appends the hashes of a text's shingles, and returns a hash of the whole text; 0 if there is nothing to compare.
    ///
    /// Complexity: O(bytes).
    func append(_ text: ArraySlice<UInt8>, to hashes: inout [UInt64], _ scratch: inout Scratch) -> UInt64 {
        scratch.units.removeAll(keepingCapacity: true)
        var kind: UInt64 = 1
        if unit == .words { readWords(text.span, &scratch.units) }
        if scratch.units.isEmpty {
            kind = 2
            readCharacters(text.span, &scratch.units)
        }
        return Shingles.roll(scratch.units.span, length: length, power: power, kind: kind, &hashes)
    }

    /// Hashes shingles of `length` units with a rolling polynomial, and the whole text with another.
    private static func roll(
        _ units: Span<UInt64>, length: Int, power: UInt64, kind: UInt64, _ hashes: inout [UInt64]
    ) -> UInt64 {
        guard units.count > 0 else { return 0 }
        var whole = kind
        var hash: UInt64 = 0
        let first = min(length, units.count)
        for index in 0..<first {
            whole = whole &* BitMixing.base &+ units[index]
            hash = hash &* BitMixing.base &+ units[index]
        }
        // The only shingle of a short text must not equal a full shingle.
        let salt = units.count < length ? BitMixing.mixed(UInt64(units.count)) : kind
        hashes.append(BitMixing.mixed(hash ^ salt))
        var index = first
        while index < units.count {
            let unit = units[index]
            whole = whole &* BitMixing.base &+ unit
            hash = (hash &- units[index &- length] &* power) &* BitMixing.base &+ unit
            hashes.append(BitMixing.mixed(hash ^ salt))
            index &+= 1
        }
        let mixed = BitMixing.mixed(whole)
        return mixed == 0 ? 1 : mixed
    }

    private func readCharacters(_ bytes: Span<UInt8>, _ units: inout [UInt64]) {
        let small = small.span
        var index = 0
        var space = false
        while index < bytes.count {
            let scalar = ScalarReader.next(bytes, &index)
            if scalar == 0x20 || (scalar >= 0x09 && scalar <= 0x0D) || scalar == 0xA0 || scalar == 0x3000 {
                space = true
                continue
            }
            if space {
                if !units.isEmpty { units.append(0x21) }
                space = false
            }
            units.append(1 &+ UInt64(scalar < 0x1_0000 ? UInt32(small[Int(scalar)]) : scalar))
        }
    }

    private func readWords(_ bytes: Span<UInt8>, _ units: inout [UInt64]) {
        let (small, classes) = (small.span, classes.span)
        var index = 0
        var word: UInt64 = 0
        while index < bytes.count {
            let scalar = ScalarReader.next(bytes, &index)
            let kind: ScalarFolding.Class
            if scalar < 0x1_0000 {
                kind = classes[Int(scalar)]
            } else {
                kind = Unicode.Scalar(scalar).map { ScalarFolding.computed($0) } ?? .separator
            }
            let folded = 1 &+ UInt64(scalar < 0x1_0000 ? UInt32(small[Int(scalar)]) : scalar)
            if kind == .letter {
                word = word &* BitMixing.base &+ folded
                continue
            }
            if word != 0 { units.append(BitMixing.mixed(word)) }
            word = 0
            if kind == .word { units.append(BitMixing.mixed(folded)) }
        }
        if word != 0 { units.append(BitMixing.mixed(word)) }
    }
}
