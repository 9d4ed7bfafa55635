import Dataflow

/// Reports results in order, and only once they are durable: if the user reads "ran", the result is in the store,
/// whatever happens to the driver.
struct ReportQueue {
    private var entries: [(result: StageResult, isDurable: Bool)] = []

    /// Adds the result of a stage that has ended; `isDurable` if it was in the store already.
    mutating func add(_ result: StageResult) {
        entries.append((result, result.disposition == .cached))
    }

    /// Records that a result is durable. A result that could not be made durable is replaced.
    mutating func settle(_ result: StageResult, as final: StageResult) {
        guard let index = entries.firstIndex(where: { $0.result === result }) else { return }
        entries[index] = (final, true)
    }

    /// The results that can be reported now.
    mutating func takeDurable() -> [StageResult] {
        let count = entries.firstIndex { !$0.isDurable } ?? entries.count
        defer { entries.removeFirst(count) }
        return entries.prefix(count).map(\.result)
    }
}
