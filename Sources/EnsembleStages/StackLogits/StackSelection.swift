import Parallelism

/// Chooses the strength of a stack's regularization by cross-validation over folds.
struct StackSelection: Sendable {
    /// The labeled rows of each fold.
    let folds: [[LogitStack.Example]]
    /// The candidates, the strongest first.
    let candidates: [Double]
    let members: Int

    init(folds: [[LogitStack.Example]], candidates: [Double], members: Int) {
        self.folds = folds
        self.candidates = Set(candidates).sorted(by: >)
        self.members = members
    }

    /// A stack, the strength that was chosen for it, and the log loss with which it was chosen.
    struct Choice: Sendable {
        var stack: LogitStack
        var l2: Double
        var logLoss: Double
    }

    /// The stack fitted without some folds, with the strength that is best when each of the other folds is held out.
    ///
    /// Of equally good strengths, the strongest is chosen.
    func stack(without excluded: Int?) -> Choice {
        let inside = folds.indices.filter { $0 != excluded && !folds[$0].isEmpty }
        var losses = [Double](repeating: 0, count: candidates.count)
        for held in inside {
            let training = inside.filter { $0 != held }.flatMap { folds[$0] }
            for (index, stack) in path(training).enumerated() {
                losses[index] += stack.logLoss(folds[held]) * Double(folds[held].count)
            }
        }
        let rows = inside.flatMap { folds[$0] }
        let best = losses.indices.min { (losses[$0], $0) < (losses[$1], $1) } ?? 0
        return Choice(
            stack: path(rows)[best], l2: candidates[best], logLoss: losses[best] / Double(max(rows.count, 1)))
    }

    /// The choices fitted without each fold in turn, and finally the one fitted to all folds.
    func all(threads: Int) -> [Choice] {
        let excluded = folds.indices.map { Optional($0) } + [nil]
        return Parallel.values(count: excluded.count, threads: threads) { stack(without: excluded[$0]) }
    }

    /// The stacks for all candidates; each begins where the one before ended.
    private func path(_ examples: [LogitStack.Example]) -> [LogitStack] {
        var stacks: [LogitStack] = []
        for l2 in candidates {
            let start = stacks.last ?? LogitStack(members: members)
            stacks.append(LogitStack.fit(examples, .toMean(members, l2: l2), from: start))
        }
        return stacks
    }
}
