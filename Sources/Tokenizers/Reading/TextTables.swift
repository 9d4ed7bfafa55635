/// Reads the line-based tables: tiktoken's `base64 rank` lines and GPT-2's `merges.txt`.
enum TextTables {
    /// Whether the first line is `base64 rank`.
    static func looksLikeRanks(_ bytes: [UInt8]) -> Bool {
        let line = bytes.prefix(4096).prefix { $0 != 0x0A }
        guard line.count < min(bytes.count, 4096) else { return false }
        return rank(of: line) != nil
    }

    /// The tokens of a tiktoken file by rank; ranks may start above 0, but must be distinct and contiguous.
    static func ranks(_ bytes: [UInt8]) throws(TokenizerError) -> [[UInt8]] {
        var entries: [(token: [UInt8], rank: Int)] = []
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            if line.isEmpty || line.elementsEqual([0x0D]) { continue }
            guard let entry = rank(of: line) else {
                throw .malformed("line \(number) is not a token in Base64 and its rank")
            }
            entries.append(entry)
        }
        entries.sort { $0.rank < $1.rank }
        for (index, entry) in entries.enumerated() where entry.rank != index {
            throw .malformed(
                "ranks must be 0 to \(entries.count - 1), each once; \(index) is missing or duplicated")
        }
        guard !entries.isEmpty else { throw .malformed("the file has no ranks") }
        return entries.map(\.token)
    }

    private static func rank(of line: ArraySlice<UInt8>) -> (token: [UInt8], rank: Int)? {
        var line = line
        if line.last == 0x0D { line.removeLast() }
        guard let space = line.lastIndex(of: 0x20), space > line.startIndex, line.endIndex - space - 1 <= 9,
            let token = Base64.decoded(line[..<space]), !token.isEmpty,
            let rank = Int(String(decoding: line[(space + 1)...], as: UTF8.self)), rank >= 0
        else { return nil }
        return (token, rank)
    }

    /// The pairs of a `merges.txt`, in order; lines that start with `#version` are skipped.
    static func merges(_ bytes: [UInt8]) throws(TokenizerError) -> [(left: [UInt8], right: [UInt8])] {
        var merges: [(left: [UInt8], right: [UInt8])] = []
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            var line = line
            if line.last == 0x0D { line.removeLast() }
            if line.isEmpty || line.starts(with: "#version".utf8) { continue }
            guard let pair = pair(line) else { throw .malformed("line \(number) is not a pair of tokens") }
            merges.append(pair)
        }
        return merges
    }

    /// Splits `left right` at its only space.
    static func pair(_ line: ArraySlice<UInt8>) -> (left: [UInt8], right: [UInt8])? {
        guard let space = line.firstIndex(of: 0x20), space > line.startIndex, space + 1 < line.endIndex,
            line[(space + 1)...].firstIndex(of: 0x20) == nil
        else { return nil }
        return (Array(line[..<space]), Array(line[(space + 1)...]))
    }
}
