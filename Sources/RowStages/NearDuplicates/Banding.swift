/// How a sketch is cut into bands: rows that agree in all places of a band are compared.
///
/// Two sets of similarity s become candidates with the probability 1 − (1 − sʳ)ᵇ for b bands of r places (Indyk and
/// Motwani 1998; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).
struct Banding: Sendable, Hashable {
    /// How many bands.
    let bands: Int
    /// How many places a band has.
    let rows: Int

    /// The banding with the longest bands, and so the fewest candidates, that finds a pair at `threshold` with at least
    /// the probability `recall` and needs at most `places` places.
    ///
    /// Nil if there is none.
    init?(threshold: Double, recall: Double, places: Int) {
        var best: (bands: Int, rows: Int)?
        for rows in 1...32 {
            let missed = 1 - Banding.power(threshold, rows)
            // Bands are added until few enough pairs are missed.
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

    /// How many places the sketch needs.
    var places: Int { bands * rows }

    /// The probability that two sets of a similarity are compared.
    func probability(atSimilarity similarity: Double) -> Double {
        1 - Banding.power(1 - Banding.power(similarity, rows), bands)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { power, _ in power * base }
    }
}
