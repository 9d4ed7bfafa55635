/// How trees are grown: from histograms, as in LightGBM. Chen and Guestrin, "XGBoost", KDD 2016.
public struct BoostingOptions: Sendable, Hashable {
    /// The number of outputs per row; every round grows one tree for each.
    public var outputs: Int
    /// How far each tree moves the prediction.
    public var learningRate: Double
    /// The maximum depth of a tree.
    public var maximumDepth: Int
    /// The minimum sum of Hessians in a leaf.
    public var minimumWeight: Double
    /// The L2 penalty on leaf values.
    public var penalty: Double
    /// The minimum gain of a split.
    public var minimumGain: Double
    /// The share of columns that each tree may use.
    public var columnShare: Double
    /// The maximum number of bins per column.
    public var bins: Int
    /// The random seed.
    public var seed: Int

    package init(
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

    /// The options under XGBoost's names. `multi:softprob` only sets the number of outputs: the caller supplies the
    /// derivatives.
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
