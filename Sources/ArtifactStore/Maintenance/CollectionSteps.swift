/// How much a collection does per transaction.
///
/// A transaction takes space in the database's log before anything is freed. On a full disk, the steps get smaller, and
/// after each, the log is written back to the database, so that the next step can use its space again.
struct CollectionSteps {
    /// How many traces, and how many objects, are deleted.
    let rows: Int
    /// How many chunks are deleted.
    let chunks: Int
    /// How many free pages are cut off the files.
    let pages: Int
    /// True to empty the log after each step.
    let foldsLog: Bool

    /// With enough space: all traces and objects at once.
    static let usual = CollectionSteps(rows: .max, chunks: 512, pages: 4096, foldsLog: false)

    /// The steps to try if there is no space for these; nil if they cannot be any smaller.
    var smaller: CollectionSteps? {
        guard foldsLog else { return CollectionSteps(rows: 64, chunks: 32, pages: 64, foldsLog: true) }
        guard rows > 1 || chunks > 1 || pages > 1 else { return nil }
        return CollectionSteps(
            rows: max(1, rows / 8), chunks: max(1, chunks / 8), pages: max(1, pages / 8), foldsLog: true)
    }
}
