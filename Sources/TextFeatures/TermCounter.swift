/// Counts the hashed terms of a text: words, word n-grams, and byte n-grams.
///
/// Words consist of letters and digits, with ASCII in lower case; in a script without spaces (Han, kana, Hangul, Thai
/// …), each scalar is a word. A term's bucket is its hash modulo a power of two (Weinberger et al., "Feature Hashing
/// for Large Scale Multitask Learning", ICML 2009). Works on bytes; invalid UTF-8 separates words.
package struct TermCounter: Sendable {
    /// What is counted.
    package struct Options: Sendable, Hashable {
        /// The longest word n-gram: 1 for words, 2 to include pairs.
        package var words: Int
        /// The length of byte n-grams; 0 for none.
        package var characters: Int
        /// The base-2 logarithm of the number of buckets.
        package var bits: Int

        package init(words: Int, characters: Int, bits: Int) {
            self.words = words
            self.characters = characters
            self.bits = bits
        }
    }

    package let options: Options
    private let mask: UInt32
    /// The count of each bucket.
    private var hits: [UInt32]
    /// The nonzero buckets, in the order of their first occurrence.
    private var touched: [UInt32] = []
    private var words: [UInt64] = []

    package init(_ options: Options) {
        self.options = options
        mask = UInt32((1 << options.bits) - 1)
        hits = Array(repeating: 0, count: 1 << options.bits)
    }

    /// Resets the counts.
    package mutating func begin() {
        for bucket in touched { hits[Int(bucket)] = 0 }
        touched.removeAll(keepingCapacity: true)
    }

    /// Counts the terms of a piece of text. Terms do not cross pieces.
    package mutating func add(_ text: ArraySlice<UInt8>) {
        words.removeAll(keepingCapacity: true)
        var hash = Self.basis
        var isInWord = false
        var index = text.startIndex
        let end = text.endIndex
        while index < end {
            let byte = text[index]
            if byte < 0x80 {
                let lower = byte | 0x20
                if lower >= 0x61 && lower <= 0x7A || byte >= 0x30 && byte <= 0x39 {
                    hash = (hash ^ UInt64(byte >= 0x41 && byte <= 0x5A ? lower : byte)) &* Self.prime
                    isInWord = true
                } else if isInWord {
                    words.append(hash)
                    hash = Self.basis
                    isInWord = false
                }
                index += 1
                continue
            }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            let stop = min(end, index + length)
            if length >= 3 {
                // From U+0E00 on, scripts without spaces are common: each scalar is a word.
                if isInWord { words.append(hash) }
                hash = Self.basis
                for position in index..<stop { hash = (hash ^ UInt64(text[position])) &* Self.prime }
                words.append(hash)
                hash = Self.basis
                isInWord = false
            } else {
                for position in index..<stop { hash = (hash ^ UInt64(text[position])) &* Self.prime }
                isInWord = true
            }
            index = stop
        }
        if isInWord { words.append(hash) }
        addWords()
        if options.characters > 0 { addCharacters(text) }
    }

    /// The distinct buckets in ascending order, with their counts.
    package func counts() -> [(bucket: UInt32, count: Int)] {
        touched.sorted().map { ($0, Int(hits[Int($0)])) }
    }

    /// Counts the terms of pieces, starting from zero.
    package mutating func counts(of pieces: [ArraySlice<UInt8>]) -> [(bucket: UInt32, count: Int)] {
        begin()
        for piece in pieces { add(piece) }
        return counts()
    }

    /// The number of buckets that two counts have in common.
    package static func shared(
        _ left: [(bucket: UInt32, count: Int)], _ right: [(bucket: UInt32, count: Int)]
    ) -> Int {
        var i = 0
        var j = 0
        var shared = 0
        while i < left.count && j < right.count {
            if left[i].bucket == right[j].bucket {
                shared += 1
                i += 1
                j += 1
            } else if left[i].bucket < right[j].bucket {
                i += 1
            } else {
                j += 1
            }
        }
        return shared
    }

    /// The Jaccard similarity of two counts' buckets; 1 if both are empty.
    package static func overlap(
        _ left: [(bucket: UInt32, count: Int)], _ right: [(bucket: UInt32, count: Int)]
    ) -> Double {
        let shared = shared(left, right)
        let union = left.count + right.count - shared
        return union > 0 ? Double(shared) / Double(union) : 1
    }

    private mutating func addWords() {
        for index in words.indices {
            var hash = words[index]
            append(hash)
            var length = 2
            while length <= options.words && index + length <= words.count {
                // Multiplied before combining, so that the order of words matters.
                hash = (hash &* Self.pairPrime &+ UInt64(length)) ^ words[index + length - 1]
                append(hash)
                length += 1
            }
        }
    }

    private mutating func addCharacters(_ text: ArraySlice<UInt8>) {
        let width = options.characters
        guard text.count >= width else { return }
        let widthMask: UInt64 = width >= 8 ? .max : (1 << UInt64(8 * width)) - 1
        var window: UInt64 = 0
        var filled = 0
        for byte in text {
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            window = (window << 8 | UInt64(lower)) & widthMask
            filled += 1
            if filled >= width { append(window &* Self.characterPrime ^ 0xC4A7) }
        }
    }

    private mutating func append(_ hash: UInt64) {
        let mixed = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        let bucket = UInt32(truncatingIfNeeded: mixed >> 32) & mask
        if hits[Int(bucket)] == 0 { touched.append(bucket) }
        hits[Int(bucket)] += 1
    }

    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01B3
    private static let pairPrime: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let characterPrime: UInt64 = 0xFF51_AFD7_ED55_8CCD
}
