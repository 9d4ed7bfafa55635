/// How a sketch is cut into bands: rows that agree in all positions of a band are compared.
///
/// Two sets with similarity s become candidates with probability 1 − (1 − sʳ)ᵇ for b bands of r positions (Indyk and
/// Motwani 1998; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).
struct Banding: Sendable, Hashable {
    /// The number of bands.
    let bands: Int
    /// The number of positions in a band.
    let rows: Int

    /// The banding with the longest bands, and therefore the fewest candidates, that finds a pair at `threshold` with a
    /// probability of at least `recall` and needs at most `places` positions.
    ///
    /// Nil if there is none.
    init?(threshold: Double, recall: Double, places: Int) {
        var best: (bands: Int, rows: Int)?
        for rows in 1...32 {
            let missed = 1 - Banding.power(threshold, rows)
            // Adds bands until few enough pairs are missed.
            var bands = 1
            var all = missed
            while all > 1 - recall && bands * rows <= places {
                bands += 1
                all *= missed
            }
            if bands * rows <= places { best = (bands, rows) }
        }
        guard let best else { return nil }
        (bands, rows) = best
    }

    /// The number of positions in the sketch.
    var places: Int { bands * rows }

    /// The probability that two sets with a similarity are compared.
    func probability(atSimilarity similarity: Double) -> Double {
        1 - Banding.power(1 - Banding.power(similarity, rows), bands)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { power, _ in power * base }
    }
}
