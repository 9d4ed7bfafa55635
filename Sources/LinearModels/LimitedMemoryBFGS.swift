import Tensors

/// Minimizes a smooth convex function: L-BFGS with a backtracking line search.
///
/// Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 35, 1980. The line search
/// uses the Armijo condition, and only updates with positive curvature are kept. Deterministic.
package struct LimitedMemoryBFGS: Sendable {
    /// The number of updates to remember.
    package var memory = 5
    /// The maximum number of iterations.
    package var maximumIterations: Int
    /// Stops when an iteration gains less than this share of the function's value.
    package var tolerance: Double

    package init(maximumIterations: Int = 100, tolerance: Double = 1e-6) {
        self.maximumIterations = maximumIterations
        self.tolerance = tolerance
    }

    /// The result of a minimization.
    package struct Outcome: Sendable {
        /// The point.
        package let point: [Double]
        /// The function's value at the start and after each iteration.
        package let values: [Double]
    }

    /// Minimizes `function`, which returns its value and gradient at a point, from `start`.
    package func minimize(
        from start: [Double], _ function: ([Double]) throws -> (value: Double, gradient: [Double])
    ) throws -> Outcome {
        let vectors = try VectorOperations()
        var point = start
        var (value, gradient) = try function(point)
        var values = [value]
        var updates: [Update] = []
        for iteration in 0..<maximumIterations {
            let direction = Self.direction(gradient, updates, vectors)
            let slope = vectors.dot(direction, gradient)
            guard slope < 0 else { break }
            let norm = vectors.dot(gradient, gradient).squareRoot()
            var length = iteration == 0 ? min(1, 1 / max(norm, 1e-12)) : 1
            var next = point
            var evaluated: (value: Double, gradient: [Double])?
            for _ in 0..<30 {
                next = point
                vectors.add(length, direction, to: &next)
                let candidate = try function(next)
                if candidate.value <= value + 1e-4 * length * slope {
                    evaluated = candidate
                    break
                }
                length *= 0.5
            }
            guard let evaluated else { break }
            var step = direction
            vectors.scale(&step, by: length)
            var change = evaluated.gradient
            vectors.add(-1, gradient, to: &change)
            let curvature = vectors.dot(step, change)
            let square = vectors.dot(change, change)
            if curvature > 1e-12 * square {
                if updates.count == memory { updates.removeFirst() }
                updates.append(
                    Update(step: step, change: change, curvature: curvature, scale: curvature / square))
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

    /// What an iteration reveals about the curvature.
    private struct Update {
        /// The change of the point, and of the gradient.
        let step: [Double]
        let change: [Double]
        /// Their dot product, and its ratio to the squared change of the gradient.
        let curvature: Double
        let scale: Double
    }

    /// −H g by the two-loop recursion.
    private static func direction(
        _ gradient: [Double], _ updates: [Update], _ vectors: VectorOperations
    ) -> [Double] {
        var result = gradient
        var weights: [Double] = []
        for update in updates.reversed() {
            let weight = vectors.dot(update.step, result) / update.curvature
            vectors.add(-weight, update.change, to: &result)
            weights.append(weight)
        }
        vectors.scale(&result, by: -(updates.last?.scale ?? 1))
        for (update, weight) in zip(updates, weights.reversed()) {
            // The result is already negated, and so is its product with the change.
            let other = -vectors.dot(update.change, result) / update.curvature
            vectors.add(other - weight, update.step, to: &result)
        }
        return result
    }
}
