/// The candidate nearest to `name` by edit distance; nil if none is close enough to be a likely typo.
///
/// The distance may be up to a third of the longer name's length, and at least 1; case is ignored.
/// Complexity: O(candidates × length²); names longer than 64 bytes are skipped.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    let source = Array(name.lowercased().utf8)
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate.utf8.count <= 64 {
        let distance = editDistance(source, Array(candidate.lowercased().utf8))
        let allowed = max(1, max(name.utf8.count, candidate.utf8.count) / 3)
        guard distance <= allowed, distance < best?.distance ?? Int.max else { continue }
        best = (candidate, distance)
    }
    return best?.name
}

/// "; did you mean 'x'?" with the candidate nearest to a name that does not exist; nil if none is close.
///
/// - Parameter spelling: how the candidate is written.
package func didYouMean(
    _ name: String, among candidates: some Sequence<String>, spelled spelling: (String) -> String = { $0 }
) -> String? {
    nearestName(to: name, among: candidates).map { "; did you mean '\(spelling($0))'?" }
}

/// Levenshtein distance, with a swap of two neighbors counted as one change.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, leftByte) in left.enumerated() {
        var current = [row + 1]
        for (column, rightByte) in right.enumerated() {
            var cost = min(
                previous[column] + (leftByte == rightByte ? 0 : 1), previous[column + 1] + 1,
                current[column] + 1)
            let isTransposed =
                row > 0 && column > 0 && leftByte == right[column - 1] && left[row - 1] == rightByte
            if isTransposed { cost = min(cost, beforePrevious[column - 1] + 1) }
            current.append(cost)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[right.count]
}
