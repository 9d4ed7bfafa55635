extension String {
    /// The text's lines, broken between words, or within words that are too long, so that none is wider than `width`.
    ///
    /// Characters that could move the cursor are escaped; tabs become spaces.
    func wrapped(toWidth width: Int) -> [String] {
        let limit = max(1, width)
        return split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).flatMap { line in
            Self.wrap(line.replacing("\t", with: "    "), limit)
        }
    }

    private static func wrap(_ line: some StringProtocol, _ limit: Int) -> [String] {
        var lines: [String] = []
        var current = ""
        var used = 0
        for (index, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            let text = String(word).escapedForDisplay
            let needed = DisplayWidth.of(text)
            if index > 0 {
                if used + 1 + needed > limit {
                    lines.append(current)
                    (current, used) = ("", 0)
                } else {
                    current += " "
                    used += 1
                }
            }
            // A word wider than a line is broken where the line is full.
            for character in text {
                let next = DisplayWidth.of(character)
                if used + next > limit, used > 0 {
                    lines.append(current)
                    (current, used) = ("", 0)
                }
                current.append(character)
                used += next
            }
        }
        return lines + [current]
    }
}
