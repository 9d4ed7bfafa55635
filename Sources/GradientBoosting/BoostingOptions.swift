/// How trees are grown. Histograms of bins, as in LightGBM: Chen and Guestrin, "XGBoost", KDD 2016.
public struct BoostingOptions: Sendable, Hashable {
    /// How many numbers are predicted per row, each by a tree of its own in every round.
    public var outputs: Int
    /// How far each tree moves the prediction.
    public var learningRate: Double
    /// The most levels of a tree.
    public var maximumDepth: Int
    /// The least sum of second derivatives in a leaf.
    public var minimumWeight: Double
    /// The L2 penalty on the values of leaves.
    public var penalty: Double
    /// The least gain of a split.
    public var minimumGain: Double
    /// The share of the columns that a tree may look at.
    public var columnShare: Double
    /// The most bins of a column.
    public var bins: Int
    /// What chance depends on.
    public var seed: Int

    /// Options of their parts.
    public init(
        outputs: Int, learningRate: Double = 0.05, maximumDepth: Int = 6, minimumWeight: Double = 1,
        penalty: Double = 1, minimumGain: Double = 0, columnShare: Double = 1, bins: Int = 256, seed: Int = 0
    ) {
        self.outputs = outputs
        self.learningRate = learningRate
        self.maximumDepth = maximumDepth
        self.minimumWeight = minimumWeight
        self.penalty = penalty
        self.minimumGain = minimumGain
        self.columnShare = columnShare
        self.bins = bins
        self.seed = seed
    }

    /// As XGBoost calls them. `multi:softprob` only tells it how many outputs there are: the caller gives the derivatives.
    func settings(threads: Int) -> [(String, String)] {
        [
            ("booster", "gbtree"), ("tree_method", "hist"), ("objective", "multi:softprob"),
            ("num_class", String(outputs)), ("base_score", "0"), ("learning_rate", String(learningRate)),
            ("max_depth", String(maximumDepth)), ("min_child_weight", String(minimumWeight)),
            ("lambda", String(penalty)), ("gamma", String(minimumGain)),
            ("colsample_bytree", String(columnShare)), ("max_bin", String(bins)), ("seed", String(seed)),
            ("seed_per_iteration", "1"), ("nthread", String(threads)), ("verbosity", "0"),
            ("disable_default_eval_metric", "1"),
        ]
    }
}
