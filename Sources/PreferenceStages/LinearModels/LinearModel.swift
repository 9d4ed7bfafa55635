import Glibc

/// A softmax regression over {A, B, tie} in which A and B are treated alike.
///
/// With φ(x) the term weights of a text, s = w·φ(A) − w·φ(B) + u·odd and t = v·φ(A) + v·φ(B) + q·φ(prompt) + z·even + c, the
/// scores are (s, −s, t). Exchanging A and B negates s bit by bit and leaves t, so the probabilities change places exactly.
struct LinearModel: Sendable {
    /// How terms are counted.
    let options: TermCounter.Options
    /// What was learned of the features.
    let scaling: FeatureScaling
    /// w and v interleaved, q, u, z, c.
    var weights: [Double]
    /// The fold that was held out in training; nil where none was.
    let heldOutFold: Int?

    var buckets: Int { 1 << options.bits }
    var promptOffset: Int { 2 * buckets }
    var oddOffset: Int { 3 * buckets }
    var evenOffset: Int { oddOffset + Layout.oddCount }
    var biasOffset: Int { evenOffset + Layout.evenCount }

    /// The number of weights of a model of so many buckets.
    static func weightCount(bits: Int) -> Int { 3 << bits + Layout.oddCount + Layout.evenCount + 1 }

    init(options: TermCounter.Options, scaling: FeatureScaling, weights: [Double]? = nil, heldOutFold: Int?) {
        self.options = options
        self.scaling = scaling
        self.weights = weights ?? Array(repeating: 0, count: Self.weightCount(bits: options.bits))
        self.heldOutFold = heldOutFold
    }

    /// The probabilities of rows.
    func probabilities(_ design: LinearDesign) -> [Probabilities] {
        (0..<design.count).map { Probabilities(scores: scores($0, design, weights)) }
    }

    /// s and t of a row, under the given weights.
    func scores(_ row: Int, _ design: LinearDesign, _ weights: [Double]) -> (preference: Double, tie: Double)
    {
        let a = design.responseA.dots(row, weights, offset: 0)
        let b = design.responseB.dots(row, weights, offset: 0)
        var odd = 0.0
        var even = weights[biasOffset]
        for index in 0..<Layout.oddCount {
            odd += weights[oddOffset + index] * design.odd[row * Layout.oddCount + index]
        }
        for index in 0..<Layout.evenCount {
            even += weights[evenOffset + index] * design.even[row * Layout.evenCount + index]
        }
        let prompt = design.prompt.dot(row, weights, offset: promptOffset)
        return ((a.first - b.first) + odd, (a.second + b.second) + prompt + even)
    }
}

/// The features of rows as a model weighs them.
struct LinearDesign: Sendable {
    let responseA: SparseRows
    let responseB: SparseRows
    let prompt: SparseRows
    /// `Layout.oddCount` numbers per row.
    let odd: [Double]
    /// `Layout.evenCount` numbers per row.
    let even: [Double]

    var count: Int { prompt.count }

    /// The design of rows under a scaling.
    init(_ features: ComparisonFeatures, _ scaling: FeatureScaling) {
        responseA = scaling.weighted(features.responseA)
        responseB = scaling.weighted(features.responseB)
        prompt = scaling.weighted(features.prompt)
        var odd: [Double] = []
        var even: [Double] = []
        for row in 0..<features.count {
            let numbers = Layout.outputs(features.dense, row, scaling)
            odd += numbers.odd
            even += numbers.even
        }
        self.odd = odd
        self.even = even
    }

    private init(
        responseA: SparseRows, responseB: SparseRows, prompt: SparseRows, odd: [Double], even: [Double]
    ) {
        self.responseA = responseA
        self.responseB = responseB
        self.prompt = prompt
        self.odd = odd
        self.even = even
    }

    /// The same rows with A and B exchanged.
    var swapped: LinearDesign {
        LinearDesign(
            responseA: responseB, responseB: responseA, prompt: prompt, odd: odd.map { -$0 }, even: even)
    }
}
