import Parallelism

/// The data by which candidates are found: fingerprints of all texts, and the band keys of their sketches.
struct SketchedTexts: Sendable {
    /// Equal for rows with the same strings.
    let fingerprints: [ComparedTexts.Fingerprint]
    /// For each band, the keys of all texts.
    let keys: [[UInt64]]

    private static let chunk = 1_024

    /// Sketches all texts. Complexity: O(bytes).
    init(_ texts: ComparedTexts, _ shingles: Shingles, _ banding: Banding, threads: Int) throws {
        let chunks = (texts.count + Self.chunk - 1) / Self.chunk
        let parts = try Parallel.map(count: chunks, threads: threads) { index in
            var (hashes, scratch) = ([UInt64](), Shingles.Scratch())
            var sketch = SimilaritySketch(size: banding.places)
            var fingerprints: [ComparedTexts.Fingerprint] = []
            var keys: [UInt64] = []
            let rows = index * Self.chunk..<min(texts.count, (index + 1) * Self.chunk)
            keys.reserveCapacity(rows.count * banding.bands)
            for row in rows {
                hashes.removeAll(keepingCapacity: true)
                let fingerprint = texts.append(row: row, shingles, to: &hashes, &scratch)
                fingerprints.append(fingerprint)
                if fingerprint.isEmpty {
                    for _ in 0..<banding.bands { keys.append(0) }
                } else {
                    sketch.fill(hashes.span)
                    sketch.appendBandKeys(rows: banding.rows, to: &keys)
                }
            }
            return (fingerprints: fingerprints, keys: keys)
        }
        var fingerprints: [ComparedTexts.Fingerprint] = []
        fingerprints.reserveCapacity(texts.count)
        for part in parts { fingerprints += part.fingerprints }
        self.fingerprints = fingerprints
        // Band by band, so that the keys that are sorted together are contiguous.
        let (count, bands) = (texts.count, banding.bands)
        keys = try Parallel.map(count: bands, threads: threads) { band in
            var keys: [UInt64] = []
            keys.reserveCapacity(count)
            for part in parts {
                let span = part.keys.span
                for index in stride(from: band, to: span.count, by: bands) { keys.append(span[index]) }
            }
            return keys
        }
    }
}
