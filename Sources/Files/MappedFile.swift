internal import Glibc

/// A file's bytes as memory, for as long as the value lives: pages are read when they are touched, and can be released.
///
/// The file must not be truncated while it is mapped; a store's artifacts never are.
public final class MappedFile: Sendable {
    /// The file.
    public let path: FilePath
    /// The size in bytes.
    public let count: Int
    // The mapping covers `count` bytes (address 0 if there are none), is read-only, and lives as long as `self`.
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

    /// Calls `body` with the bytes of a range, which must lie within the file.
    public func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range must lie within the file")
        // The range lies within the mapping, which lives as long as `self`.
        let start = UnsafeRawPointer(bitPattern: address + UInt(range.lowerBound))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : range.count).bytes)
    }

    /// A copy of the bytes of a range.
    public func bytes(_ range: Range<Int>) -> [UInt8] {
        // The span lives as long as the closure.
        withBytes(range) { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    /// Releases the whole pages of a range; they are read again when they are touched.
    public func release(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (range.lowerBound + page - 1) / page * page
        let last = range.upperBound == count ? count : range.upperBound / page * page
        guard address != 0, first < last else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: address + UInt(first)), last - first, MADV_DONTNEED)
    }
}
