import Digests
import Remotes
import Testing

/// What a shared cache consists of: names, addresses, and the indexes of packs.
@Suite struct FormatTests {
    @Test func namesOfOthersAreChecked() {
        let digest = SHA256.digest(of: "x")
        let name = RemoteName(.packs, digest)
        #expect(RemoteName(name.text) == name)
        let hexadecimal = digest.hexadecimal
        for text in [
            "", "packs", "packs/" + hexadecimal, "packs/00/" + hexadecimal, "../packs/2d/" + hexadecimal,
            "packs/../" + hexadecimal, "packs/2d/../../../etc/passwd", "packs/2d/" + hexadecimal.uppercased(),
            "packs/2D/" + hexadecimal, "/packs/2d/" + hexadecimal, "others/2d/" + hexadecimal,
            name.text + "/", name.text + "\0",
        ] {
            #expect(RemoteName(text) == nil, "\(text)")
        }
    }

    @Test func addressesAreRead() throws {
        #expect(try RemoteAddress("file:///shared/a%20b/").place == "/shared/a b")
        #expect(try RemoteAddress("https://host:8080/cache/").text == "https://host:8080/cache")
        let bucket = try RemoteAddress("s3://bucket/pre/fix?endpoint=http://127.0.0.1:9000&region=eu")
        #expect(bucket.place == "bucket/pre/fix")
        #expect(bucket.options == ["endpoint": "http://127.0.0.1:9000", "region": "eu"])
    }

    @Test(
        arguments: [
            "", "/shared", "file://host/x", "file://relative", "file:///", "ftp://x/y", "https://",
            "http://x/y?z",
            "http://user:password@host/x", "s3://bucket?secret=1", "file:///a b", "file:///a%zz",
        ])
    func invalidAddressesAreRejected(_ text: String) {
        #expect(throws: RemoteError.self) { try RemoteAddress(text) }
    }

    private static let entries = [
        PackIndex.Entry(digest: SHA256.digest(of: "a"), form: .raw, size: 10, stored: 10),
        PackIndex.Entry(digest: SHA256.digest(of: "b"), form: .zstd, size: 262_144, stored: 100),
        PackIndex.Entry(digest: SHA256.digest(of: "c"), form: .list, size: 96, stored: 96),
    ]

    @Test func anIndexIsReadAsItWasWritten() throws {
        let index = PackIndex(Self.entries)
        let bytes = index.bytes
        #expect(bytes.count == PackIndex.size(entries: 3))
        // "sluice pack 1\n", 3, and the first entry's digest.
        #expect(Array(bytes.prefix(18)) == Array("sluice pack 1\n".utf8) + [0, 0, 0, 3])
        #expect(Array(bytes[18..<50]) == SHA256.digest(of: "a").bytes)
        #expect(Array(bytes[50..<59]) == [0, 0, 0, 0, 10, 0, 0, 0, 10])
        let read = try #require(PackIndex(bytes: bytes))
        #expect(read.entries.map(\.digest) == Self.entries.map(\.digest))
        #expect(read.offsets == [bytes.count, bytes.count + 10, bytes.count + 110, bytes.count + 206])
    }

    @Test func impossibleIndexesAreRefused() {
        let good = PackIndex(Self.entries).bytes
        #expect(PackIndex(bytes: []) == nil)
        for count in 0..<good.count { #expect(PackIndex(bytes: Array(good.prefix(count))) == nil) }
        #expect(PackIndex(bytes: good + [0]) == nil)
        var wrong = good
        wrong[0] ^= 1
        #expect(PackIndex(bytes: wrong) == nil)
        // As many entries as a number can say.
        wrong = good
        for place in 14..<18 { wrong[place] = 0xFF }
        #expect(PackIndex(bytes: wrong) == nil)
        for (form, size, stored) in [
            (PackIndex.Form.raw, 0, 0), (.raw, 10, 9), (.raw, 262_145, 262_145), (.zstd, 10, 10),
            (.zstd, 300_000, 5), (.zstd, 10, 0), (.list, 32, 32), (.list, 65, 65), (.list, 64, 63),
        ] {
            let entry = PackIndex.Entry(
                digest: SHA256.digest(of: "a"), form: form, size: size, stored: stored)
            #expect(PackIndex(bytes: PackIndex([entry]).bytes) == nil, "\(form) \(size) \(stored)")
        }
    }
}
