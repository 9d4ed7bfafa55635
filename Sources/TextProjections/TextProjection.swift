import Columns
import Comparisons
package import PackedRows
import Parallelism
import Randomness
import StageKit
import Tensors
package import TextFeatures

/// Latent semantic analysis: a text's hashed TF-IDF weights, projected onto the first right singular vectors of the matrix of
/// many texts' weights.
///
/// Deerwester et al., "Indexing by Latent Semantic Analysis", JASIS 1990. Texts about the same topics have similar vectors,
/// even if they have few words in common.
package struct TextProjection: Sendable {
    /// How terms are counted.
    package let options: TermCounter.Options
    /// The buckets with a component, ascending: those of terms that are not too rare.
    package let buckets: [UInt32]
    /// The rarity of the term in each of these buckets.
    package let rarity: [Float]
    /// A row per bucket, with a number per dimension.
    package let components: [Float]
    /// The singular value of each dimension, in descending order.
    package let singularValues: [Double]

    /// The number of dimensions.
    package var dimensions: Int { singularValues.count }

    /// Projected values are multiples of this: far finer than the differences between texts, and tables stay small.
    private static let unit: Float = 1 / 4096
    private static let blockRows = 64
    /// The dimensions that the random subspace has beyond those that are kept.
    private static let oversampling = 16

    package init(
        options: TermCounter.Options, buckets: [UInt32], rarity: [Float], components: [Float],
        singularValues: [Double]
    ) {
        precondition(
            rarity.count == buckets.count && components.count == buckets.count * singularValues.count,
            "every bucket has a rarity and components")
        self.options = options
        self.buckets = buckets
        self.rarity = rarity
        self.components = components
        self.singularValues = singularValues
    }

    /// The settings with which a projection is fitted.
    package struct Fitting: Sendable {
        /// The number of dimensions.
        package var dimensions: Int
        /// Terms in fewer texts are dropped.
        package var minimumTexts: Int
        /// How often the subspace is multiplied by the matrix and its transpose after the first time.
        package var iterations: Int
        /// The seed of the first subspace.
        package var seed: Int

        package init(dimensions: Int, minimumTexts: Int, iterations: Int, seed: Int) {
            self.dimensions = dimensions
            self.minimumTexts = minimumTexts
            self.iterations = iterations
            self.seed = seed
        }
    }

    /// The projection for the texts of some rows: prompts and responses, each of which is one text.
    package init(
        fitting table: PackedTable, rows: [Range<Int>], options: TermCounter.Options, _ fitting: Fitting,
        threads: Int, progress: (Int) -> Void = { _ in }
    ) throws {
        let texts = try Self.terms(table, rows, options, threads: threads)
        let rarity = TermRarity.values(of: [texts], bits: options.bits, minimumTexts: fitting.minimumTexts)
        let buckets = rarity.indices.filter { rarity[$0] > 0 }
        guard !buckets.isEmpty else {
            throw StageFailure(
                "no term occurs in \(fitting.minimumTexts) texts, so there is nothing to reduce; lower minimumTexts"
            )
        }
        var places = [UInt32](repeating: 0, count: rarity.count)
        for (place, bucket) in buckets.enumerated() { places[bucket] = UInt32(place) }
        let matrix = Self.matrix(texts, rarity, places, count: buckets.count)
        // No more dimensions than the matrix can have.
        let rank = min(fitting.dimensions, buckets.count, texts.count)
        let width = min(rank + Self.oversampling, buckets.count, texts.count)
        let decomposition = try TruncatedSVD(
            of: matrix, rank: rank, start: Self.start(buckets, width: width, seed: fitting.seed),
            width: width, iterations: fitting.iterations, threads: threads, progress: progress)
        self.init(
            options: options, buckets: buckets.map { UInt32($0) }, rarity: buckets.map { rarity[$0] },
            components: decomposition.components, singularValues: decomposition.singularValues)
    }

    /// Random numbers for each bucket, which do not depend on the other buckets.
    private static func start(_ buckets: [Int], width: Int, seed: Int) -> [Float] {
        var numbers: [Float] = []
        numbers.reserveCapacity(buckets.count * width)
        for bucket in buckets {
            var random = SeededGenerator(seed: seed, stream: bucket)
            for _ in 0..<width { numbers.append(Float(random.normal())) }
        }
        return numbers
    }

    private static func matrix(
        _ texts: SparseRows, _ rarity: [Float], _ places: [UInt32], count: Int
    ) -> SparseMatrix {
        var columns: [UInt32] = []
        var values: [Float] = []
        var starts = [0]
        for text in 0..<texts.count {
            for entry in texts.weighted(text, by: rarity) {
                columns.append(places[Int(entry.bucket)])
                values.append(entry.value)
            }
            starts.append(columns.count)
        }
        return SparseMatrix(columns: columns, values: values, starts: starts, columnCount: count)
    }

    /// The terms of prompt, response A and response B of each comparison, one after another.
    private static func terms(
        _ table: PackedTable, _ comparisons: [Range<Int>], _ options: TermCounter.Options, threads: Int
    ) throws -> SparseRows {
        let blocks = (comparisons.count + blockRows - 1) / blockRows
        let parts = try Parallel.map(count: blocks, threads: threads) { block in
            var counter = TermCounter(options)
            var terms = SparseRows()
            for comparison in comparisons[block * blockRows..<min(comparisons.count, (block + 1) * blockRows)]
            {
                for texts in [table.prompt, table.originalA(comparison), table.originalB(comparison)] {
                    terms.append(counter.counts(of: comparison.flatMap { texts.pieces(ofRow: $0) }))
                }
            }
            return terms
        }
        var all = SparseRows()
        for part in parts { all.append(part) }
        return all
    }

    /// The projections of prompt, response A and response B of each comparison, one after another.
    package func vectors(of table: PackedTable, _ comparisons: [Range<Int>], threads: Int) throws -> [Float] {
        var places = [UInt32](repeating: 0, count: 1 << options.bits)
        var rarity = [Float](repeating: 0, count: 1 << options.bits)
        for (place, bucket) in buckets.enumerated() {
            places[Int(bucket)] = UInt32(place)
            rarity[Int(bucket)] = self.rarity[place]
        }
        var vectors: [Float] = []
        vectors.reserveCapacity(3 * comparisons.count * dimensions)
        // In parts, so that not all terms are in memory at once.
        for start in stride(from: 0, to: comparisons.count, by: 4096) {
            let part = Array(comparisons[start..<min(comparisons.count, start + 4096)])
            let terms = try Self.terms(table, part, options, threads: threads)
            let matrix = Self.matrix(terms, rarity, places, count: buckets.count)
            for value in matrix.times(components, width: dimensions, threads: threads) {
                vectors.append((value / Self.unit).rounded(.toNearestOrEven) * Self.unit)
            }
        }
        return vectors
    }
}

extension PackedTable {
    /// The responses of the original A; all rows of a comparison have the same orientation.
    fileprivate func originalA(_ comparison: Range<Int>) -> StringLists {
        swapped.values[comparison.lowerBound] ? responseB : responseA
    }

    /// The responses of the original B.
    fileprivate func originalB(_ comparison: Range<Int>) -> StringLists {
        swapped.values[comparison.lowerBound] ? responseA : responseB
    }
}
