import Files
import TestSupport
import Testing

@Suite struct MappedFileTests {
    @Test func mappedBytesAreTheFilesBeforeAndAfterTheirRelease() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try FileContents.write(bytes, to: path)
            let mapped = try MappedFile(path)
            #expect(mapped.count == bytes.count)
            for range in [0..<20_000, 0..<0, 19_999..<20_000, 20_000..<20_000, 4_095..<8_193] {
                #expect(mapped.bytes(range) == Array(bytes[range]))
                mapped.release(range)
                #expect(mapped.bytes(range) == Array(bytes[range]))
            }
            #expect(mapped.withBytes(5..<7) { $0.byteCount } == 2)
        }
    }

    @Test func anEmptyFileHasNoBytesAndAMissingOneIsAnError() throws {
        try withTemporaryFolder { folder in
            try FileContents.write("", to: folder.appending("empty"))
            let mapped = try MappedFile(folder.appending("empty"))
            #expect(mapped.count == 0 && mapped.bytes(0..<0) == [])
            mapped.release(0..<0)
            #expect(throws: FileError.self) { try MappedFile(folder.appending("missing")) }
        }
    }

    @Test func bytesAreWrittenAtTheirOffsets() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("file")
            let file = try File(path, .writing)
            try file.write(Array("head".utf8))
            try file.write(Array("tail".utf8).span.bytes, at: 6)
            try file.write(Array("er".utf8))
            #expect(try FileContents.readText(path) == "headertail")
        }
    }
}
