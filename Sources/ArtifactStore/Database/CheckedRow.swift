internal import Digests
internal import SQLite

/// What numbers a store may hold. A store can come from anywhere, so every row is checked as it enters memory.
enum StoreBounds {
    /// The most bytes of a file or a tree: 1 PiB.
    static let size = 1 << 50
    /// The most seconds, and the latest moment in seconds since 1970: more than 3,000 years.
    static let seconds = 1e11
}

/// Columns of rows, checked.
///
/// - Throws: all of these throw `StoreError.damaged`, which names the column and `owner`, a phrase such as "chunk 17".
extension Row {
    /// A number of bytes, or of other things that are counted.
    func count(
        _ name: String, atMost limit: Int = StoreBounds.size, of owner: @autoclosure () -> String
    ) throws(StoreError) -> Int {
        let number = integer(name)
        guard (0...limit).contains(number) else { throw .impossible(owner(), number, name) }
        return number
    }

    /// A moment, or a duration in seconds.
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
    /// A row has what cannot be.
    static func impossible(_ owner: String, _ value: some CustomStringConvertible, _ column: String)
        -> StoreError
    {
        StoreError(
            .damaged,
            "the store is damaged: \(owner) has \(value) as its \(column). "
                + "`sluice cache verify` shows what is lost; the next run makes it anew.")
    }
}

extension Int {
    /// The sum, or the largest number if it is larger: of sizes that nobody vouches for.
    func adding(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? Int.max : sum
    }
}
