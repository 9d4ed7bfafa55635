/// How a scalar is treated when texts are compared: its lowercase letter, and whether it is part of a word.
enum ScalarFolding: Sendable {
    /// The role of a scalar in words.
    enum Class: UInt8, Sendable {
        /// It separates words.
        case separator
        /// It is part of a word.
        case letter
        /// It is a whole word: in scripts without spaces between words, and symbols beyond the basic plane.
        case word
    }

    /// The scalars of scripts without spaces: Thai, Lao, Tibetan, Burmese, Khmer, kana, Han.
    private static let unspaced: [ClosedRange<UInt32>] = [
        0x0E00...0x0FFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3005...0x3007, 0x3040...0x30FF, 0x31F0...0x31FF,
        0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F,
    ]

    private static let classes: [Class] = (0..<0x1_0000).map { value in
        guard let scalar = Unicode.Scalar(UInt32(value)) else { return .separator }
        return computed(scalar)
    }

    private static let small: [UInt16] = (0..<0x1_0000).map { value in
        guard let scalar = Unicode.Scalar(UInt32(value)), scalar.properties.changesWhenLowercased else {
            return UInt16(value)
        }
        let mapped = scalar.properties.lowercaseMapping.unicodeScalars
        guard mapped.count == 1, let first = mapped.first, first.value < 0x1_0000 else {
            return UInt16(value)
        }
        return UInt16(first.value)
    }

    /// The tables, for loops that access them often.
    static var tables: (classes: [Class], small: [UInt16]) { (classes, small) }

    /// The class of a scalar, from its properties.
    static func computed(_ scalar: Unicode.Scalar) -> Class {
        if unspaced.contains(where: { $0.contains(scalar.value) }) {
            return scalar.properties.generalCategory.isPunctuation ? .separator : .word
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
            return .letter
        case .otherLetter: return scalar.value >= 0x2_0000 ? .word : .letter
        default: return scalar.value >= 0x1_0000 ? .word : .separator
        }
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isPunctuation: Bool {
        switch self {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation, .spaceSeparator:
            true
        default: false
        }
    }
}
