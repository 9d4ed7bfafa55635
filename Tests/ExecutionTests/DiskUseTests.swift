import Files
import TestSupport
import Testing

@testable import Execution

@Test func diskUseCountsContentsOnce() throws {
    try withTemporaryFolder { folder in
        let deep = folder.appending("a/b/c")
        try FileSystem.makeDirectories(deep)
        try write(String(repeating: "x", count: 10_000), to: folder.appending("a/large"))
        try write(String(repeating: "y", count: 6000), to: deep.appending("small"))
        // Neither takes more: a second name, and a link to all of it.
        try FileSystem.link(folder.appending("a/large"), at: deep.appending("again"))
        try FileSystem.symbolicLink(to: folder, at: deep.appending("loop"))
        let hole = try File(folder.appending("hole"), .writing)
        try hole.truncate(to: 1 << 40)
        var use = DiskUse()
        use.add(folder, by: .stored)
        use.add(folder.appending("missing"), by: .stored)
        #expect(use.bytes == 16_000 && use.largest?.bytes == 10_000)
        var length = DiskUse()
        length.add(folder, by: .length)
        #expect(length.bytes == 16_000 + (1 << 40) && length.largest?.path == folder.appending("hole"))
    }
}

@Test(arguments: [
    (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (3_000_000, "2.9 MiB"),
    (10 << 30, "10 GiB"), (Int.max, "8192 PiB"),
])
func amountsOfDiskAreInWords(bytes: Int, text: String) {
    #expect(DiskUse.text(bytes) == text)
}
