import FeatureTables
import LabelledPredictions
import PackedRows
import Randomness
package import StageKit
package import StageSchemas
import TextFeatures
import TextProjections

/// Texts as short vectors: hashed TF-IDF, reduced by a truncated singular value decomposition.
package enum DenseTextFeatures: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(1...1024, "The number of features per text.")
        var dimensions = 192

        @Setting(1...5, "The longest word n-gram used as a term.")
        var words = 1

        @Setting(0...8, "The length of byte n-grams used as terms; 0 for none.")
        var characters = 0

        @Setting(8...22, "The base-2 logarithm of the number of buckets.")
        var bits = 16

        @Setting(1...1_000_000, "Terms in fewer prompts and responses than this are dropped.")
        var minimumTexts = 3

        @Setting(
            0...20, "The number of iterations that refine the subspace; more are slower and more accurate.")
        var iterations = 3

        @Setting(1...10_000_000, "The maximum number of comparisons that the decomposition is fitted to.")
        var fittedRows = 30_000

        @Setting(0...Int(Int32.max), "The random seed.")
        var seed = 42

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "dense-text-features",
        summary:
            "Reduces texts to a few hundred numbers: TF-IDF and a truncated singular value decomposition.",
        discussion: """
            Prompt, response A and response B of a comparison are three texts; each becomes a vector, and texts about the \
            same topics have similar vectors (latent semantic analysis). Terms are hashed and weighted as by \
            `train-linear`: sublinear frequency times rarity, divided by the length of the vector. The first singular \
            vectors of the matrix of all texts are computed by randomized subspace iteration (Halko and others, 2011); the \
            features are a text's products with them, rounded to multiples of 2⁻¹². All sums are in a fixed order, so the \
            number of threads does not matter.

            **No labels are used**, so a row's features say nothing about its label, and no fold has to be held out: fit it \
            to all rows, once. If there are more than `fittedRows` comparisons, the decomposition is fitted to a random \
            sample of them. With `model`, nothing is fitted: connect that of another such stage for the test set, whose \
            features then mean the same.

            `features` is a table with the columns `id`, `prompt`, `a` and `b`, the last three of which are lists of numbers. \
            `train-gradient-boosting` and `predict` take such tables. Any stage can write one, such as a `run:` stage with \
            its own embedding: one row per comparison, lists of equal lengths, `a` and `b` those of the original A and B.
            """,
        inputs: [
            InputPort("rows", "The packed table."),
            InputPort("model", .optional, "The model of another such stage, to apply it."),
        ],
        outputs: [
            OutputPort("features", "features.parquet", "The vectors of each comparison: id, prompt, a, b."),
            OutputPort("model", "model.safetensors", "The rarity of terms, and the singular vectors."),
        ],
        parameters: Parameters.self)

    /// Computes the features.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let comparisons = try table.comparisons()
        let projection = try projection(parameters, table, comparisons.map(\.rows), context)
        try TextProjectionFile.write(projection, to: context.output("model"))
        let vectors = try projection.vectors(of: table, comparisons.map(\.rows), threads: context.threads)
        try FeatureTable(
            ids: comparisons.map(\.id), promptWidth: projection.dimensions,
            answerWidth: projection.dimensions, values: vectors
        ).write(to: context.output("features"))
        context.metric("rows", comparisons.count)
        context.metric("dimensions", projection.dimensions)
        context.metric("terms", projection.buckets.count)
    }

    private static func projection(
        _ parameters: Parameters, _ table: PackedTable, _ comparisons: [Range<Int>], _ context: StageContext
    ) throws -> TextProjection {
        if let path = context.optionalInput("model") { return try TextProjectionFile.read(path) }
        let options = TermCounter.Options(
            words: parameters.words, characters: parameters.characters, bits: parameters.bits)
        let fitting = TextProjection.Fitting(
            dimensions: parameters.dimensions, minimumTexts: parameters.minimumTexts,
            iterations: parameters.iterations, seed: parameters.seed)
        let rows = sample(comparisons, count: parameters.fittedRows, seed: parameters.seed)
        context.metric("fittedRows", rows.count)
        return try TextProjection(
            fitting: table, rows: rows, options: options, fitting, threads: context.threads
        ) { context.progress($0, of: parameters.iterations + 1, "iterations") }
    }

    /// All comparisons, or a random sample of them in their order.
    private static func sample(_ comparisons: [Range<Int>], count: Int, seed: Int) -> [Range<Int>] {
        guard comparisons.count > count else { return comparisons }
        var places = Array(comparisons.indices)
        var random = SeededGenerator(seed: seed)
        random.shuffle(&places)
        return places.prefix(count).sorted().map { comparisons[$0] }
    }
}
