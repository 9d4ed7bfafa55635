import Dataflow

/// Keeps what is said about stages in order, and true: a result is told once it is durable, after those that came before
/// it. Who reads "ran" finds the result in the store, whatever happens to the driver.
struct ReportQueue {
    private var entries: [(result: StageResult, isDurable: Bool)] = []

    /// Takes the result of a stage that has ended; durable at once if it was in the store before.
    mutating func add(_ result: StageResult) {
        entries.append((result, result.disposition == .cached))
    }

    /// Notes that what the store has of a result is durable. A result that could not be made durable is replaced.
    mutating func settle(_ result: StageResult, as final: StageResult) {
        guard let index = entries.firstIndex(where: { $0.result === result }) else { return }
        entries[index] = (final, true)
    }

    /// The results that can be told now.
    mutating func takeDurable() -> [StageResult] {
        let count = entries.firstIndex { !$0.isDurable } ?? entries.count
        defer { entries.removeFirst(count) }
        return entries.prefix(count).map(\.result)
    }
}
