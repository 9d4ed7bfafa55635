import Tensors

/// Minimises a smooth convex function: L-BFGS with a backtracking line search.
///
/// Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 35, 1980; the search asks for
/// Armijo's decrease and keeps only updates of positive curvature. Deterministic.
struct LimitedMemoryBFGS: Sendable {
    /// How many updates are remembered.
    var memory = 8
    /// The most iterations.
    var maximumIterations = 100
    /// Ends where an iteration gains less than this share of the function's value.
    var tolerance = 1e-6

    /// The result of a minimisation.
    struct Outcome: Sendable {
        /// The point.
        let point: [Double]
        /// The function's value at the start and after each iteration.
        let values: [Double]
    }

    /// Minimises `function`, which gives its value and gradient at a point, from `start`.
    func minimize(
        from start: [Double], _ function: ([Double]) throws -> (value: Double, gradient: [Double])
    ) rethrows -> Outcome {
        var point = start
        var (value, gradient) = try function(point)
        var values = [value]
        var steps: [[Double]] = []
        var changes: [[Double]] = []
        for iteration in 0..<maximumIterations {
            let direction = self.direction(gradient, steps, changes)
            let slope = VectorOperations.dot(direction, gradient)
            guard slope < 0 else { break }
            let norm = VectorOperations.dot(gradient, gradient).squareRoot()
            var length = iteration == 0 ? min(1, 1 / max(norm, 1e-12)) : 1
            var next = point
            var evaluated: (value: Double, gradient: [Double])?
            for _ in 0..<30 {
                next = point
                VectorOperations.add(length, direction, to: &next)
                let candidate = try function(next)
                if candidate.value <= value + 1e-4 * length * slope {
                    evaluated = candidate
                    break
                }
                length *= 0.5
            }
            guard let evaluated else { break }
            var step = direction
            VectorOperations.scale(&step, by: length)
            var change = evaluated.gradient
            VectorOperations.add(-1, gradient, to: &change)
            if VectorOperations.dot(step, change) > 1e-12 * VectorOperations.dot(change, change) {
                steps.append(step)
                changes.append(change)
                if steps.count > memory {
                    steps.removeFirst()
                    changes.removeFirst()
                }
            }
            let gain = value - evaluated.value
            point = next
            value = evaluated.value
            gradient = evaluated.gradient
            values.append(value)
            if gain < tolerance * max(abs(value), 1e-12) { break }
        }
        return Outcome(point: point, values: values)
    }

    /// −H g by the two-loop recursion.
    private func direction(_ gradient: [Double], _ steps: [[Double]], _ changes: [[Double]]) -> [Double] {
        var result = gradient
        var weights: [Double] = []
        for index in steps.indices.reversed() {
            let weight =
                VectorOperations.dot(steps[index], result)
                / VectorOperations.dot(steps[index], changes[index])
            VectorOperations.add(-weight, changes[index], to: &result)
            weights.append(weight)
        }
        if let step = steps.last, let change = changes.last {
            let scale = VectorOperations.dot(step, change) / VectorOperations.dot(change, change)
            VectorOperations.scale(&result, by: scale)
        }
        for (index, weight) in zip(steps.indices, weights.reversed()) {
            let other =
                VectorOperations.dot(changes[index], result)
                / VectorOperations.dot(steps[index], changes[index])
            VectorOperations.add(weight - other, steps[index], to: &result)
        }
        VectorOperations.scale(&result, by: -1)
        return result
    }
}
