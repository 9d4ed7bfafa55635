/// A cheap guess of a text's language by its script, for data that does not name the language.
///
/// A script used mainly by one language gives that language's ISO 639-1 code (Hangul: `ko`, kana: `ja`, Han without
/// kana: `zh`, Thai: `th`, Hebrew: `he`, Greek: `el`, Devanagari: `hi` …). For scripts shared by many languages, the
/// result is the name of the script: `latin`, `cyrillic`, `arabic`. Only the first 4,096 bytes are considered.
enum LanguageGuess: Sendable {
    /// The number of bytes of a text that are considered.
    static let window = 4096

    /// The guess for UTF-8 text; nil if there are no letters.
    static func language(of utf8: some Collection<UInt8>) -> String? {
        let start = Array(utf8.prefix(window))
        var counts = Counts()
        counts.add(start.span)
        return counts.language
    }

    /// Counts of letters per script, summed over several texts.
    struct Counts: Sendable {
        private var letters = [Int](repeating: 0, count: Script.allCases.count)

        /// No letters.
        init() {}

        /// Counts the letters of UTF-8 text; invalid bytes are ignored.
        mutating func add(_ utf8: Span<UInt8>) {
            var latin = 0
            var scalar: UInt32 = 0
            var missing = 0
            for index in utf8.indices {
                let byte = utf8[index]
                if byte < 0x80 {
                    missing = 0
                    latin &+= (byte | 0x20) &- 0x61 < 26 ? 1 : 0
                } else if byte < 0xC0 {
                    guard missing > 0 else { continue }
                    scalar = scalar << 6 | UInt32(byte & 0x3F)
                    missing -= 1
                    if missing == 0, let script = Script(scalar: scalar) { letters[script.rawValue] += 1 }
                } else {
                    missing = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
                    scalar = UInt32(byte) & (0x3F >> UInt32(missing))
                }
            }
            letters[Script.latin.rawValue] += latin
        }

        /// The language or script of most letters; nil without letters.
        var language: String? {
            guard var best = letters.indices.max(by: { letters[$0] < letters[$1] }), letters[best] > 0 else {
                return nil
            }
            // Japanese mixes Han and kana: if a tenth is kana, it is Japanese.
            let kana = letters[Script.kana.rawValue]
            let isHan = best == Script.han.rawValue
            if isHan && kana * 10 > letters[best] { best = Script.kana.rawValue }
            return Script(rawValue: best)?.language
        }
    }

    private enum Script: Int, CaseIterable {
        case latin, cyrillic, greek, hebrew, arabic, devanagari, bengali, tamil, thai, georgian, armenian
        case hangul, kana, han

        init?(scalar: UInt32) {
            switch scalar {
            case 0x00C0...0x024F where scalar != 0x00D7 && scalar != 0x00F7: self = .latin
            case 0x1E00...0x1EFF: self = .latin
            case 0x0370...0x03FF, 0x1F00...0x1FFF: self = .greek
            case 0x0400...0x052F: self = .cyrillic
            case 0x0530...0x058F: self = .armenian
            case 0x0590...0x05FF: self = .hebrew
            case 0x0600...0x06FF, 0x0750...0x077F: self = .arabic
            case 0x0900...0x097F: self = .devanagari
            case 0x0980...0x09FF: self = .bengali
            case 0x0B80...0x0BFF: self = .tamil
            case 0x0E00...0x0E7F: self = .thai
            case 0x10A0...0x10FF: self = .georgian
            case 0x1100...0x11FF, 0xAC00...0xD7AF: self = .hangul
            case 0x3040...0x30FF: self = .kana
            case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0x20000...0x2FA1F: self = .han
            default: return nil
            }
        }

        var language: String {
            switch self {
            case .latin: "latin"
            case .cyrillic: "cyrillic"
            case .greek: "el"
            case .hebrew: "he"
            case .arabic: "arabic"
            case .devanagari: "hi"
            case .bengali: "bn"
            case .tamil: "ta"
            case .thai: "th"
            case .georgian: "ka"
            case .armenian: "hy"
            case .hangul: "ko"
            case .kana: "ja"
            case .han: "zh"
            }
        }
    }
}
