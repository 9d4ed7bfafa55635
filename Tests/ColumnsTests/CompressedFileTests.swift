import Columns
import Files
import TestSupport
import Testing

/// The archives of References/compressed.py, all of the same text.
struct CompressedFileTests {
    private static let folder = FilePath(#filePath).parent.appending("Fixtures/packed")

    private func unpacked(_ name: String) throws -> [UInt8]? {
        try withTemporaryFolder { folder in
            guard let file = try CompressedFile(Self.folder.appending(name)) else { return nil }
            let output = folder.appending("out")
            try file.unpack(to: output)
            return try FileContents.read(output)
        }
    }

    @Test(arguments: [
        "train.csv.gz", "two.csv.gz", "train.csv.bz2", "train.csv.zst", "train.csv.zip", "stored.zip",
        "mac.zip",
        "wide.zip",
    ])
    func unpacksWhatOneFileIsIn(_ name: String) throws {
        let text = try FileContents.read(Self.folder.appending("plain.csv"))
        #expect(try unpacked(name) == text)
    }

    @Test func aSkippableFrameAndACommentLikeAnEntryAreIgnored() throws {
        let frame: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let zip = try FileContents.read(Self.folder.appending("train.csv.zip"))
        let entry: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
        try withTemporaryFolder { folder in
            let text = try FileContents.read(Self.folder.appending("plain.csv"))
            for (name, bytes) in [
                ("frame", try frame + FileContents.read(Self.folder.appending("train.csv.zst"))),
                ("comment", zip.dropLast(2) + [UInt8(entry.count), 0] + entry),
            ] {
                let path = folder.appending(name)
                try FileContents.write(bytes, to: path)
                let output = folder.appending("out")
                try #require(try CompressedFile(path), "\(name)").unpack(to: output)
                #expect(try FileContents.read(output) == text, "\(name)")
            }
        }
    }

    @Test func aFileThatIsNotCompressedIsRecognized() throws {
        #expect(try unpacked("plain.csv") == nil)
    }

    @Test(arguments: [
        ("several.zip", "2 files, such as 'train.csv', 'test.csv'"), ("book.xlsx", "an Office document"),
        ("empty.zip", "without a file"), ("cut.csv.gz", "cannot be unpacked"), ("cut.zip", "incomplete zip"),
        ("damaged.zip", "cannot be unpacked"),
    ])
    func saysWhatIsWrongWithOthers(_ name: String, _ reason: String) {
        do {
            _ = try unpacked(name)
            Issue.record("\(name) was unpacked")
        } catch {
            #expect("\(error)".contains(reason) && "\(error)".contains(name))
        }
    }

    @Test func everyCutOrChangedArchiveIsAnErrorOrTheSameText() throws {
        try withTemporaryFolder { folder in
            let text = try FileContents.read(Self.folder.appending("plain.csv"))
            for name in ["wide.zip", "train.csv.zip", "train.csv.gz"] {
                let bytes = try FileContents.read(Self.folder.appending(name))
                for place in stride(from: 0, to: bytes.count, by: 3) {
                    for damaged in [
                        Array(bytes[..<place]),
                        bytes[..<place] + [bytes[place] ^ 0x41] + bytes[(place + 1)...],
                    ] {
                        let path = folder.appending("damaged")
                        try FileContents.write(Array(damaged), to: path)
                        let output = folder.appending("out")
                        guard let file = try? CompressedFile(path), (try? file.unpack(to: output)) != nil
                        else {
                            continue
                        }
                        #expect(try FileContents.read(output) == text, "\(name), byte \(place)")
                    }
                }
            }
        }
    }
}
