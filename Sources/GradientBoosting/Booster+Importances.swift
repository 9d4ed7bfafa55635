internal import CXGBoost

extension Booster {
    /// The importance of a column to the trees.
    public struct Importance: Sendable, Hashable {
        /// The number of splits on it.
        public let splits: Int
        /// How much these splits reduced the objective in total.
        public let gain: Double
    }

    /// The importance of each of `columns` columns; 0 for columns without a split.
    public func importances(columns: Int) throws(BoostingError) -> [Importance] {
        let splits = try scores("weight", columns: columns)
        let gains = try scores("total_gain", columns: columns)
        return zip(splits, gains).map { Importance(splits: Int($0), gain: Double($1)) }
    }

    private func scores(_ kind: String, columns: Int) throws(BoostingError) -> [Float] {
        var count: bst_ulong = 0
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        var dimensions: bst_ulong = 0
        var shape: UnsafePointer<bst_ulong>?
        var values: UnsafePointer<Float>?
        try library.check(
            library.functions.booster_scores?(
                handle, #"{"importance_type":"\#(kind)"}"#, &count, &names, &dimensions, &shape, &values))
        var result = [Float](repeating: 0, count: columns)
        guard let names, let values, dimensions == 1 else { return result }
        // `count` NUL-terminated names and as many values; a column without a name is called "f" and its index.
        for index in 0..<Int(count) {
            guard let name = names[index], let column = Int(String(cString: name).dropFirst()),
                result.indices.contains(column)
            else { throw BoostingError("XGBoost named a column that does not exist") }
            result[column] = values[index]
        }
        return result
    }
}
