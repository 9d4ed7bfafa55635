/// What may be wrong with the names of a file's columns.
enum ColumnAdvice: Sendable {
    /// Why a file lacks columns, if the header suggests a reason; nil otherwise.
    static func missing(_ missing: [String], _ header: [String]) -> String? {
        let only = header.first ?? ""
        if only.utf8.starts(with: "sep=".utf8) {
            return "its first line '\(only)' is for Excel; remove it"
        }
        let separators: [(byte: UInt8, name: String)] = [
            (UInt8(ascii: ";"), "semicolons"), (UInt8(ascii: "\t"), "tabs"), (UInt8(ascii: "|"), "bars"),
        ]
        for separator in separators {
            // A quote around a name is not part of it.
            let names = only.utf8.split(separator: separator.byte).map { part in
                String(decoding: part.filter { $0 != 0x22 && $0 != 0x20 }, as: UTF8.self)
            }
            if header.count == 1, names.count > 1, missing.contains(where: names.contains) {
                return
                    "its fields are separated by \(separator.name); save it with commas, or as Parquet or JSON"
            }
        }
        let pairs = missing.compactMap { name in
            header.first { letters($0) == letters(name) }.map { "'\($0)' should be '\(name)'" }
        }
        return pairs.isEmpty ? nil : pairs.joined(separator: ", ")
    }

    /// The name of a column that seems to contain the winner but has none of the known names.
    static func misnamedLabel(_ columns: [String]) -> String? {
        let known = Set(IngestFormat.winners + IngestFormat.words)
        let labels: Set = [
            "winner", "label", "labels", "winnermodela", "winnermodelb", "winnertie", "preference",
            "preferred", "verdict", "vote", "choice", "chosen", "choose", "outcome", "target", "gold",
            "goldlabel",
            "humanpreference", "humanlabel", "humanchoice", "preferredmodel", "preferredresponse",
            "preferredanswer",
            "bettermodel", "betterresponse", "betteranswer", "winningmodel", "winnermodel", "modelwinner",
        ]
        return columns.first { !known.contains($0) && labels.contains(letters($0)) }
    }

    /// A name in lower case without spaces and punctuation.
    private static func letters(_ name: String) -> String {
        String(
            decoding: name.lowercased().utf8.filter { $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x80 },
            as: UTF8.self)
    }
}
