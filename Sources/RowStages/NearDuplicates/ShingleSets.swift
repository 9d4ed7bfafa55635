import Parallelism

/// The shingle sets of the texts that are compared, created when they are first needed.
///
/// 32 bits of each hash are kept: of a thousand shingles, one in four million is mistaken for another.
struct ShingleSets: Sendable {
    private let texts: ComparedTexts
    private let shingles: Shingles
    private let threads: Int
    private var sets: [[UInt32]]

    private static let chunk = 256

    init(_ texts: ComparedTexts, _ shingles: Shingles, threads: Int) {
        self.texts = texts
        self.shingles = shingles
        self.threads = threads
        sets = [[UInt32]](repeating: [], count: texts.count)
    }

    /// Creates the sets of some texts, which must have something to compare.
    mutating func make(_ wanted: [Int]) throws {
        let missing = Set(wanted.filter { sets[$0].isEmpty }).sorted()
        let (texts, shingles) = (texts, shingles)
        let chunks = (missing.count + Self.chunk - 1) / Self.chunk
        let made = try Parallel.map(count: chunks, threads: threads) { index in
            var (hashes, scratch) = ([UInt64](), Shingles.Scratch())
            return missing[index * Self.chunk..<min(missing.count, (index + 1) * Self.chunk)].map { row in
                hashes.removeAll(keepingCapacity: true)
                _ = texts.append(row: row, shingles, to: &hashes, &scratch)
                return Self.set(of: hashes)
            }
        }
        for (row, set) in zip(missing, made.joined()) { sets[row] = set }
    }

    /// The Jaccard similarity of two texts whose sets exist; nil if it is below `threshold`.
    ///
    /// Complexity: O(size), and less if the threshold is soon out of reach.
    func similarity(_ first: Int, _ second: Int, atLeast threshold: Double) -> Double? {
        let (left, right) = (sets[first], sets[second])
        return Self.similarity(left.span, right.span, atLeast: threshold)
    }

    static func similarity(
        _ left: Span<UInt32>, _ right: Span<UInt32>, atLeast threshold: Double
    ) -> Double? {
        // J ≥ t if the intersection is at least t/(1+t) of the sum of both sizes; slightly less, to allow for rounding.
        let sum = left.count + right.count
        let needed = threshold / (1 + threshold) * Double(sum) - 1e-6
        let required = max(1, Int(needed.rounded(.up)))
        var (spareLeft, spareRight) = (left.count - required, right.count - required)
        guard spareLeft >= 0, spareRight >= 0 else { return nil }
        var (first, second, common) = (0, 0, 0)
        while first < left.count && second < right.count {
            let (one, other) = (left[first], right[second])
            if one == other {
                common &+= 1
                first &+= 1
                second &+= 1
            } else if one < other {
                first &+= 1
                spareLeft &-= 1
                if spareLeft < 0 { return nil }
            } else {
                second &+= 1
                spareRight &-= 1
                if spareRight < 0 { return nil }
            }
        }
        let similarity = Double(common) / Double(sum - common)
        return similarity >= threshold ? similarity : nil
    }

    /// The set of hashes, sorted.
    static func set(of hashes: [UInt64]) -> [UInt32] {
        var short = hashes.map { UInt32(truncatingIfNeeded: $0) }
        short.sort()
        var result: [UInt32] = []
        result.reserveCapacity(short.count)
        for hash in short where hash != result.last { result.append(hash) }
        return result
    }
}
