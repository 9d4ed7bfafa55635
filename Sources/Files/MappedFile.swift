internal import Glibc

/// A file's bytes as memory, for as long as the value lives: pages are read as they are touched, and can be given back.
///
/// The file must not be shortened while it is mapped; a store's artifacts never are.
public final class MappedFile: Sendable {
    /// The file.
    public let path: FilePath
    /// How many bytes it has.
    public let count: Int
    // The mapping covers `count` bytes (none: address 0), is read-only, and lives as long as `self`.
    private let address: UInt

    /// Maps a file.
    public init(_ path: FilePath) throws(FileError) {
        let file = try File(path, .reading)
        let size = try file.status().size
        self.path = path
        count = size
        guard size > 0 else {
            address = 0
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED
        else { throw FileError(code: errno, operation: "map", path: path) }
        address = UInt(bitPattern: start)
    }

    deinit { if address != 0 { munmap(UnsafeMutableRawPointer(bitPattern: address), count) } }

    /// Gives `body` the bytes of a range, which lies within the file.
    public func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range lies within the file")
        // The range lies within the mapping, which lives while `self` does.
        let start = UnsafeRawPointer(bitPattern: address + UInt(range.lowerBound))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : range.count).bytes)
    }

    /// The bytes of a range, copied.
    public func bytes(_ range: Range<Int>) -> [UInt8] {
        // The span lives as long as the closure.
        withBytes(range) { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    /// Gives a range's whole pages back to the system; touched again, they are read again.
    public func release(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (range.lowerBound + page - 1) / page * page
        let last = range.upperBound == count ? count : range.upperBound / page * page
        guard address != 0, first < last else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: address + UInt(first)), last - first, MADV_DONTNEED)
    }
}
