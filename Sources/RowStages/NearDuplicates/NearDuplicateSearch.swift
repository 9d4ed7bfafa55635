import Groups
import Parallelism

/// Finds near-duplicate texts and merges them into groups.
///
/// Texts that are equal except for case and spaces are merged at once, and one represents them all. The others are
/// compared if their sketches agree in a band; a pair is merged if the Jaccard similarity of its shingle sets is at
/// least `threshold`. Pairs within a group are not compared again.
///
/// Work stays linear for adversarial input: in a bucket of m texts that are not merged yet, each is compared with the
/// first and with its neighbors: all of them in a small bucket, fewer in a larger one. What is compared depends only on
/// the texts and their order, not on the number of threads.
struct NearDuplicateSearch: Sendable {
    /// Two rows that were found to be similar.
    struct Link: Sendable, Hashable {
        var first: Int
        var second: Int
        var similarity: Double
    }

    /// The first row of each row's group.
    let groups: [Int]
    /// The links that connect the groups, ordered by their second rows.
    let links: [Link]
    /// The number of rows that equal an earlier one except for case and spaces.
    let copies: Int
    /// The number of pairs compared.
    let compared: Int
    /// The number of rows with nothing to compare.
    let empty: Int

    /// The maximum number of dissimilar pairs that are remembered, so that they are not compared in every band.
    private static let memory = 1 << 22

    init(
        _ texts: ComparedTexts, _ shingles: Shingles, _ banding: Banding, threshold: Double, threads: Int,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let sketched = try SketchedTexts(texts, shingles, banding, threads: threads)
        var sets = DisjointSets(count: texts.count)
        var links: [Link] = []
        var representatives: [Int32] = []
        var firsts: [ComparedTexts.Fingerprint: Int] = [:]
        var empty = 0
        for (row, fingerprint) in sketched.fingerprints.enumerated() {
            if fingerprint.isEmpty {
                empty += 1
            } else if let first = firsts[fingerprint] {
                sets.join(first, row)
                links.append(Link(first: first, second: row, similarity: 1))
            } else {
                firsts[fingerprint] = row
                representatives.append(Int32(row))
            }
        }
        copies = links.count
        var comparing = Comparing(
            sets: sets, shingles: ShingleSets(texts, shingles, threads: threads), threshold: threshold,
            threads: threads)
        for first in stride(from: 0, to: banding.bands, by: max(1, threads)) {
            let count = min(max(1, threads), banding.bands - first)
            let rows = representatives
            let buckets = try Parallel.map(count: count, threads: threads) { index in
                let band = first + index
                return CandidateBuckets(
                    texts: rows, keys: sketched.keys[band],
                    nextKeys: sketched.keys[(band + 1) % banding.bands])
            }
            for bucket in buckets { try comparing.compare(bucket) }
            progress(first + count, banding.bands)
        }
        links += comparing.links
        self.links = links.sorted { ($0.second, $0.first) < ($1.second, $1.first) }
        compared = comparing.compared
        self.empty = empty
        groups = comparing.sets.names()
    }

    /// The state of the comparison, band by band.
    private struct Comparing {
        var sets: DisjointSets
        var shingles: ShingleSets
        let threshold: Double
        let threads: Int
        var links: [Link] = []
        var compared = 0
        private var unlike = Set<UInt64>()

        init(sets: DisjointSets, shingles: ShingleSets, threshold: Double, threads: Int) {
            self.sets = sets
            self.shingles = shingles
            self.threshold = threshold
            self.threads = threads
        }

        /// Compares the members of all buckets: first with the first of the bucket, then with their neighbors.
        mutating func compare(_ buckets: CandidateBuckets) throws {
            var pairs: [(Int, Int)] = []
            for index in 0..<buckets.count {
                let bucket = buckets.bucket(index)
                guard let first = bucket.first else { continue }
                for other in bucket.dropFirst() { add(Int(first), Int(other), to: &pairs) }
            }
            try verify(pairs)
            // Compares neighbors at increasing distances, so that pairs merged on the way are not compared again.
            var open = Array(0..<buckets.count)
            var distance = 1
            while true {
                open.removeAll { Self.window(buckets.bucket($0).count) < distance }
                if open.isEmpty { return }
                pairs.removeAll(keepingCapacity: true)
                for index in open {
                    let bucket = buckets.bucket(index)
                    for position in bucket.indices.dropFirst(distance) {
                        add(Int(bucket[position - distance]), Int(bucket[position]), to: &pairs)
                    }
                }
                try verify(pairs)
                distance += 1
            }
        }

        /// The distance up to which members of a bucket are compared: all of a small one.
        private static func window(_ size: Int) -> Int {
            size <= CandidateBuckets.smallBucket ? size - 1 : max(8, 4_096 / size)
        }

        private mutating func add(_ first: Int, _ second: Int, to pairs: inout [(Int, Int)]) {
            let pair = (min(first, second), max(first, second))
            guard sets.find(pair.0) != sets.find(pair.1), !unlike.contains(Self.key(pair)) else { return }
            pairs.append(pair)
        }

        private mutating func verify(_ pairs: [(Int, Int)]) throws {
            guard !pairs.isEmpty else { return }
            try shingles.make(pairs.map(\.0) + pairs.map(\.1))
            let (shingles, threshold) = (shingles, threshold)
            let chunk = 512
            let found = try Parallel.map(count: (pairs.count + chunk - 1) / chunk, threads: threads) {
                index in
                pairs[index * chunk..<min(pairs.count, (index + 1) * chunk)].map {
                    shingles.similarity($0.0, $0.1, atLeast: threshold)
                }
            }
            compared += pairs.count
            for (pair, similarity) in zip(pairs, found.joined()) {
                if let similarity {
                    sets.join(pair.0, pair.1)
                    links.append(Link(first: pair.0, second: pair.1, similarity: similarity))
                } else if unlike.count < NearDuplicateSearch.memory {
                    unlike.insert(Self.key(pair))
                }
            }
        }

        private static func key(_ pair: (Int, Int)) -> UInt64 { UInt64(pair.0) << 32 | UInt64(pair.1) }
    }
}
