package import Digests

/// The contents of a pack: a file of a shared cache with many chunks, so that many small ones take one request.
///
/// A pack begins with its index, byte by byte
///
/// ```
/// sluice pack 1\n
/// number of entries       4 bytes, big-endian
/// for each entry:         digest                        32 bytes
///                         form                           1 byte: 0 as is, 1 zstd, 2 the list of an object's chunks
///                         size of the content            4 bytes, big-endian
///                         size of the data below         4 bytes, big-endian
/// ```
///
/// followed by the entries' data, in the same order, without gaps. A list consists of the chunks' digests, 32 bytes each; its
/// entry has the object's digest. A pack is named by the SHA-256 of its index, so the name verifies the index, and the index
/// verifies each chunk.
package struct PackIndex: Sendable {
    package enum Form: UInt8, Sendable { case raw = 0, zstd, list }

    package struct Entry: Sendable {
        package let digest: Digest
        package let form: Form
        /// The size of the content.
        package let size: Int
        /// The size of its data in the pack.
        package let stored: Int

        package init(digest: Digest, form: Form, size: Int, stored: Int) {
            self.digest = digest
            self.form = form
            self.size = size
            self.stored = stored
        }
    }

    package let entries: [Entry]
    /// Where each entry's data begins in the pack, and at the end the pack's size.
    package let offsets: [Int]

    private static let header = Array("sluice pack 1\n".utf8)
    private static let entrySize = 41
    /// The most entries of a pack.
    package static let maximumEntries = 1 << 20
    /// The largest index.
    package static let largest = header.count + 4 + maximumEntries * entrySize
    /// The largest chunk.
    private static let largestChunk = 256 << 10
    /// The largest list, that of an object of about half a terabyte.
    package static let largestList = 256 << 20

    package init(_ entries: [Entry]) {
        self.entries = entries
        var position = Self.size(entries: entries.count)
        var offsets = [position]
        offsets.reserveCapacity(entries.count + 1)
        for entry in entries {
            position += entry.stored
            offsets.append(position)
        }
        self.offsets = offsets
    }

    /// The size of an index with `count` entries, in bytes.
    package static func size(entries: Int) -> Int { header.count + 4 + entries * entrySize }

    /// The bytes of the index.
    package var bytes: [UInt8] {
        var result = Self.header
        result.reserveCapacity(Self.size(entries: entries.count))
        Self.append(entries.count, to: &result)
        for entry in entries {
            result += entry.digest.bytes
            result.append(entry.form.rawValue)
            Self.append(entry.size, to: &result)
            Self.append(entry.stored, to: &result)
        }
        return result
    }

    /// Reads an index; nil if the bytes are not an index, or an entry is invalid.
    package init?(bytes: [UInt8]) {
        let start = Self.header.count
        guard bytes.count >= start + 4, bytes.starts(with: Self.header) else { return nil }
        let count = Self.number(bytes, at: start)
        guard count <= Self.maximumEntries, bytes.count == Self.size(entries: count) else { return nil }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let place = start + 4 + index * Self.entrySize
            guard let digest = Digest(bytes: Array(bytes[place..<place + 32])),
                let form = Form(rawValue: bytes[place + 32])
            else { return nil }
            let size = Self.number(bytes, at: place + 33)
            let stored = Self.number(bytes, at: place + 37)
            let isPossible =
                switch form {
                case .raw: size == stored && (1...Self.largestChunk).contains(size)
                case .zstd: (1...Self.largestChunk).contains(size) && stored < size && stored > 0
                case .list: size == stored && size % 32 == 0 && (64...Self.largestList).contains(size)
                }
            guard isPossible else { return nil }
            entries.append(Entry(digest: digest, form: form, size: size, stored: stored))
        }
        self.init(entries)
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// Assembles a pack.
struct PackBuilder {
    private var entries: [PackIndex.Entry] = []
    private var contents: [[UInt8]] = []
    private var size = 0

    /// A pack of this size is full.
    static let fullSize = 16 << 20

    var isEmpty: Bool { entries.isEmpty }
    var isFull: Bool { size >= Self.fullSize || entries.count >= PackIndex.maximumEntries }

    mutating func add(_ digest: Digest, _ form: PackIndex.Form, size: Int, _ bytes: [UInt8]) {
        entries.append(PackIndex.Entry(digest: digest, form: form, size: size, stored: bytes.count))
        contents.append(bytes)
        self.size += bytes.count
    }

    /// The pack.
    func built() -> BuiltPack {
        let index = PackIndex(entries)
        let head = index.bytes
        var bytes: [UInt8] = []
        bytes.reserveCapacity(head.count + size)
        bytes += head
        for content in contents { bytes += content }
        return BuiltPack(
            reference: PackReference(
                digest: SHA256.digest(of: head), entries: entries.count, size: bytes.count),
            index: index, head: head, bytes: bytes)
    }
}

/// A pack that is ready to be uploaded.
struct BuiltPack: Sendable {
    let reference: PackReference
    let index: PackIndex
    /// The bytes of the index.
    let head: [UInt8]
    let bytes: [UInt8]
}

/// The name of a pack, with how many entries and bytes it has.
package struct PackReference: Sendable, Hashable, Codable {
    package let digest: Digest
    package let entries: Int
    package let size: Int

    /// True if a pack can have this number of entries and bytes.
    var isPossible: Bool {
        (1...PackIndex.maximumEntries).contains(entries)
            && (PackIndex.size(entries: entries)...largestSize).contains(size)
    }

    private var largestSize: Int { PackIndex.largest + PackBuilder.fullSize + PackIndex.largestList }

    /// Where its index is.
    var indexRange: Range<Int> { 0..<PackIndex.size(entries: entries) }
    var name: String { RemoteName(.packs, digest).text }
}
