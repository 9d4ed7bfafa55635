/// The candidate nearest to `word` by edit distance, or nil where none is near enough to be a likely slip.
///
/// Levenshtein's distance; near is within a third of the longer word, at least 1. Words over 64 bytes have none.
public func nearestWord(to word: String, among candidates: [String]) -> String? {
    var best: (candidate: String, distance: Int)?
    let source = Array(word.utf8)
    guard source.count <= 64 else { return nil }
    for candidate in candidates where candidate.utf8.count <= 64 {
        let target = Array(candidate.utf8)
        var row = Array(0...target.count)
        for (index, byte) in source.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let substituted = diagonal + (byte == target[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
            }
        }
        let allowed = max(1, max(source.count, target.count) / 3)
        guard row[target.count] <= allowed, row[target.count] < best?.distance ?? .max else { continue }
        best = (candidate, row[target.count])
    }
    return best?.candidate
}
