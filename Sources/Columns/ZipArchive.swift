internal import CArrowInterface
internal import Files

/// The directory of a zip archive (APPNOTE 6.3, with its 64-bit fields).
struct ZipArchive {
    /// A file in the archive.
    struct Member {
        var name: String
        var method: Int32
        var offset: Int
        var packedSize: Int
        var size: Int
        var checksum: UInt32
    }

    private let members: [Member]
    private let path: FilePath
    private static let largestDirectory = 64 << 20

    init(_ file: borrowing File, _ path: FilePath, size: Int) throws {
        self.path = path
        let damaged = ColumnsError("\(path) is a damaged or incomplete zip archive")
        // The directory's own entry is at the end, followed by a comment of up to 65,535 bytes.
        let tailStart = max(0, size - 65_557)
        let tail = Record(try file.read(upTo: size - tailStart, from: tailStart))
        let ends = stride(from: tail.count - 22, through: 0, by: -1).filter {
            tail.number($0, 4) == 0x0605_4B50
        }
        // A comment may contain what looks like an entry; the right one says that the comment ends with the file.
        guard let end = ends.last(where: { $0 + 22 + tail.number($0 + 20, 2) == tail.count }) ?? ends.first
        else { throw damaged }
        var (count, length, start) = (
            tail.number(end + 10, 2), tail.number(end + 12, 4), tail.number(end + 16, 4)
        )
        if count == 0xFFFF || length == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
            guard end >= 20, tail.number(end - 20, 4) == 0x0706_4B50 else { throw damaged }
            let place = tail.number(end - 12, 8)
            guard place >= 0, place <= size - 56 else { throw damaged }
            let wide = Record(try file.read(upTo: 56, from: place))
            guard wide.count == 56, wide.number(0, 4) == 0x0606_4B50 else { throw damaged }
            (count, length, start) = (wide.number(32, 8), wide.number(40, 8), wide.number(48, 8))
        }
        guard count >= 0, start >= 0, length >= 0, length <= Self.largestDirectory, start <= size - length
        else { throw damaged }
        let directory = Record(try file.read(upTo: length, from: start))
        var members: [Member] = []
        var position = 0
        for _ in 0..<count {
            guard position + 46 <= directory.count, directory.number(position, 4) == 0x0201_4B50 else {
                throw damaged
            }
            let (name, extra) = (directory.number(position + 28, 2), directory.number(position + 30, 2))
            let next = position + 46 + name + extra + directory.number(position + 32, 2)
            guard next <= directory.count else { throw damaged }
            let text = String(
                decoding: directory.bytes[position + 46..<position + 46 + name], as: UTF8.self)
            // Folders, and what macOS adds, do not count.
            if !text.utf8.isEmpty, text.utf8.last != UInt8(ascii: "/"),
                !text.utf8.starts(with: "__MACOSX/".utf8)
            {
                members.append(
                    try Self.member(
                        text, directory, position, extra: position + 46 + name..<position + 46 + name + extra,
                        file, path, size: size))
            }
            position = next
        }
        self.members = members
    }

    private static func member(
        _ name: String, _ directory: Record, _ position: Int, extra: Range<Int>, _ file: borrowing File,
        _ path: FilePath, size: Int
    ) throws -> Member {
        let damaged = ColumnsError("\(path) is a damaged or incomplete zip archive")
        guard directory.number(position + 8, 2) & 1 == 0 else {
            throw ColumnsError("\(path) is an encrypted zip archive; unpack it and use the file in it")
        }
        let method: Int32
        switch directory.number(position + 10, 2) {
        case 0: method = Int32(SLUICE_PACKED_STORED)
        case 8: method = Int32(SLUICE_PACKED_DEFLATE)
        case 12: method = Int32(SLUICE_PACKED_BZ2)
        case 93: method = Int32(SLUICE_PACKED_ZSTD)
        case let other:
            throw ColumnsError(
                "\(path) is a zip archive with compression method \(other), which is not supported; unpack it and use the file in it"
            )
        }
        var fields = [
            directory.number(position + 24, 4), directory.number(position + 20, 4),
            directory.number(position + 42, 4),
        ]
        var place = extra.lowerBound
        while place + 4 <= extra.upperBound {
            let length = directory.number(place + 2, 2)
            if directory.number(place, 2) == 1 {
                // Only the fields that do not fit are here, in this order.
                var value = place + 4
                for index in fields.indices where fields[index] == 0xFFFF_FFFF {
                    guard value + 8 <= min(extra.upperBound, place + 4 + length) else { throw damaged }
                    fields[index] = directory.number(value, 8)
                    value += 8
                }
            }
            place += 4 + length
        }
        guard fields.allSatisfy({ $0 >= 0 && $0 < 1 << 62 }), fields[2] <= size - 30 else { throw damaged }
        let header = Record(try file.read(upTo: 30, from: fields[2]))
        guard header.count == 30, header.number(0, 4) == 0x0403_4B50 else { throw damaged }
        let start = fields[2] + 30 + header.number(26, 2) + header.number(28, 2)
        guard fields[1] <= size - start else { throw damaged }
        return Member(
            name: name, method: method, offset: start, packedSize: fields[1], size: fields[0],
            checksum: UInt32(truncatingIfNeeded: directory.number(position + 16, 4)))
    }

    /// The archive's only member.
    func onlyMember() throws(ColumnsError) -> Member {
        if let only = members.first, members.count == 1 { return only }
        if members.contains(where: { $0.name == "[Content_Types].xml" }) {
            throw ColumnsError("\(path) is an Office document; export the table as CSV (UTF-8)")
        }
        let names = members.prefix(5).map { "'\($0.name)'" }.joined(separator: ", ")
        throw ColumnsError(
            members.isEmpty
                ? "\(path) is a zip archive without a file in it"
                : "\(path) is a zip archive with \(members.count) files, such as \(names); unpack it and use one of them"
        )
    }

    /// Bytes with little-endian numbers in them.
    private struct Record {
        let bytes: [UInt8]
        var count: Int { bytes.count }

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        /// The number of `length` bytes at a position that is within the bytes; negative beyond 2⁶³.
        func number(_ position: Int, _ length: Int) -> Int {
            guard position >= 0, position + length <= bytes.count else { return -1 }
            var value: UInt64 = 0
            for index in (position..<position + length).reversed() {
                value = value << 8 | UInt64(bytes[index])
            }
            return Int(truncatingIfNeeded: value)
        }
    }
}
