internal import Digests
internal import SQLite

/// The valid range of numbers in a store. A store can come from anywhere, so every row is checked when it is read.
enum StoreBounds {
    /// The maximum size of a file or a tree: 1 PiB.
    static let size = 1 << 50
    /// The longest duration and the latest time, in seconds (since 1970): more than 3,000 years.
    static let seconds = 1e11
}

/// Checked columns of rows.
///
/// - Throws: all of these throw `StoreError.damaged`, which names the column and `owner`, a phrase such as "chunk 17".
extension Row {
    /// A count of bytes or of other things.
    func count(
        _ name: String, atMost limit: Int = StoreBounds.size, of owner: @autoclosure () -> String
    ) throws(StoreError) -> Int {
        let number = integer(name)
        guard (0...limit).contains(number) else { throw .impossible(owner(), number, name) }
        return number
    }

    /// A time, or a duration in seconds.
    func seconds(_ name: String, of owner: @autoclosure () -> String) throws(StoreError) -> Double {
        let number = real(name)
        guard abs(number) <= StoreBounds.seconds else { throw .impossible(owner(), number, name) }
        return number
    }

    /// A digest.
    func digest(_ name: String, of owner: @autoclosure () -> String) throws(StoreError) -> Digest {
        guard let digest = withBlob(name, { Digest(bytes: $0) }) else {
            throw .impossible(owner(), "no digest", name)
        }
        return digest
    }
}

extension StoreError {
    /// The error for an impossible value in a row.
    static func impossible(_ owner: String, _ value: some CustomStringConvertible, _ column: String)
        -> StoreError
    {
        StoreError(
            .damaged,
            "the store is damaged: \(owner) has \(value) as its \(column). "
                + "`sluice cache verify` shows what is lost; the next run recomputes it.")
    }
}

extension Int {
    /// The sum, saturating at the largest number, for sizes that cannot be trusted.
    func adding(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? Int.max : sum
    }
}
