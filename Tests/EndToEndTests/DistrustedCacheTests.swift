import Digests
import Files
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What is wrong in a shared cache, on purpose or not: nothing false is used, and nothing is lost.
@Suite struct DistrustedCacheTests {
    // MARK: Hostile caches

    /// Damages every file of a folder of the cache in turn, and pulls.
    @Test(arguments: ["results", "packs", "discoveries", "commands"])
    func alteredContentIsRejected(_ folder: String) throws {
        try SharedCacheTests.withTwo { first, second, cache in
            try first.run()
            let files = try SharedCacheTests.files(in: cache.appending(folder))
            #expect(!files.isEmpty)
            var state: UInt64 = 11
            func random(_ limit: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % max(1, limit)
            }
            for file in files {
                let sound = try FileContents.read(file)
                for kind in 0..<3 {
                    var bytes = sound
                    switch kind {
                    case 0:
                        let start = random(bytes.count - 20)
                        for index in start..<min(start + 20, bytes.count) { bytes[index] ^= 0x55 }
                    case 1: bytes = Array(bytes.prefix(bytes.count / 2))
                    // Another file of the same kind in its place.
                    default: bytes = try FileContents.read(files[random(files.count)]) + [0]
                    }
                    try FileContents.write(bytes, to: file)
                    try FileSystem.removeTree(second.folder.appending("artifacts"))
                    let outcome = try second.sluice("pull", "p.yaml")
                    // Right, or refused and said so; a list of path sets that cannot be read is empty.
                    let isTold = outcome.errors.contains("not used") || outcome.errors.contains("is cut off")
                    #expect(outcome.status == 0 || isTold, "\(outcome.errors)")
                    let check = try second.sluice("cache", "verify")
                    #expect(check.status == 0, "\(check.errors)")
                    let run = try second.run("p.yaml", "--offline")
                    #expect(run.names("failed") == [])
                }
                try FileContents.write(sound, to: file)
            }
        }
    }

    @Test func swappedResultsAreRefused() throws {
        try SharedCacheTests.withTwo { first, second, cache in
            try first.run()
            let files = try SharedCacheTests.files(in: cache.appending("results"))
            let contents = try files.map { try FileContents.read($0) }
            for (index, file) in files.enumerated() {
                try FileContents.write(contents[(index + 1) % files.count], to: file)
            }
            let outcome = try second.sluice("pull", "p.yaml")
            #expect(
                outcome.status == 1 && outcome.errors.contains("is the result of another key"),
                "\(outcome.errors)")
            #expect(try second.sluice("cache", "ls").output.contains("text") == false)
            let verified = try first.sluice("remote", "verify")
            #expect(verified.status == 3 && verified.errors.contains("results/"), "\(verified.errors)")
            #expect(try first.sluice("remote", "verify", "--remove").errors.contains("4 of 4 results"))
            #expect(try first.sluice("push").errors.contains("uploaded 4 results"))
            #expect(try second.sluice("pull", "p.yaml").status == 0)
        }
    }

    @Test func onlyRegularFilesAreAccepted() throws {
        try SharedCacheTests.withTwo { first, second, cache in
            try first.run()
            // Reading a pipe would never end.
            for file in try SharedCacheTests.files(in: cache.appending("packs")) {
                try FileSystem.removeFile(file)
                #expect(mkfifo(file.text, 0o666) == 0)
            }
            let outcome = try second.sluice("pull", "p.yaml")
            #expect(outcome.status == 1 && outcome.errors.contains("is not a file"), "\(outcome.errors)")
            #expect(try second.run().names("ran").count == 4)
        }
    }

    // MARK: Signatures

    @Test func onlyWhatIsSignedIsTrusted() throws {
        try SharedCacheTests.withTwo { first, second, cache in
            let key = try first.sluice("remote", "key", "team.key")
            #expect(key.status == 0)
            #expect(try FileStatus(of: first.folder.appending("team.key")).permissions & 0o077 == 0)
            #expect(try first.sluice("remote", "key", "team.key").status == 2, "a key is not overwritten")
            let publicKey = try read(first.folder.appending("team.key.pub"))
            try TestSupport.write(publicKey, to: second.folder.appending("trusted.pub"))
            try second.write(
                SharedCacheTests.pipeline.replacing("CACHE", with: cache.text)
                    .replacing("push: true", with: "trust: trusted.pub"))
            try first.run()
            let unsigned = try second.sluice("pull", "p.yaml")
            #expect(unsigned.status == 0 || unsigned.errors.contains("is not signed"), "\(unsigned.errors)")
            #expect(unsigned.errors.contains("pulled 0 results"), "\(unsigned.errors)")
            // Signed again by the owner of the key.
            let signed = try first.sluice("push", "--sign", "team.key")
            #expect(signed.errors.contains("uploaded 4 results"), "\(signed.errors)")
            #expect(try first.sluice("push", "--sign", "team.key").errors.contains("already"))
            #expect(try second.sluice("pull", "p.yaml").errors.contains("pulled 4 results"))
            // Another key does not count.
            try first.sluice("remote", "key", "other.key")
            try first.sluice("push", "--sign", "other.key")
            try FileSystem.removeTree(second.folder.appending("artifacts"))
            #expect(try second.sluice("pull", "p.yaml").errors.contains("pulled 0 results"))
        }
    }

    // MARK: Uploads

    @Test func aKilledUploadLeavesNothingVisible() throws {
        try SharedCacheTests.withTwo { first, second, cache in
            try first.run("p.yaml", "--offline")
            for pause: UInt32 in [20_000, 60_000, 120_000, 250_000] {
                let push = try BuiltProgram.sluice.start(["push"], in: first.folder)
                usleep(pause)
                push.kill()
                _ = try push.wait(seconds: 30)
                guard FileSystem.exists(cache.appending("format")) else { continue }
                let verified = try first.sluice("remote", "verify", "file://\(cache)")
                #expect(verified.status == 0, "\(verified.errors)")
            }
            #expect(try first.sluice("push").status == 0)
            #expect(try second.sluice("pull", "p.yaml").errors.contains("pulled 4 results"))
        }
    }

    @Test func twoWritersDoNotHarmEachOther() throws {
        try SharedCacheTests.withTwo { first, second, cache in
            try first.run("p.yaml", "--offline")
            // The same key for what is declared, and other discoveries.
            try TestSupport.write("other\n", to: second.folder.appending("notes.txt"))
            try second.run("p.yaml", "--offline")
            let pushes = try [first, second, first, second].map {
                try BuiltProgram.sluice.start(["push"], in: $0.folder)
            }
            for push in pushes { #expect(try push.wait(seconds: 60).status == 0) }
            #expect(try first.sluice("remote", "verify").status == 0)
            for workspace in [first, second] {
                try FileSystem.removeTree(workspace.folder.appending("artifacts"))
                #expect(try workspace.sluice("pull", "p.yaml").errors.contains("pulled 4 results"))
            }
        }
    }

    // MARK: Collection

    @Test func unneededPacksAreRemoved() throws {
        try SharedCacheTests.withTwo { first, second, cache in
            try first.run()
            try TestSupport.write("other\n", to: first.folder.appending("notes.txt"))
            try first.run()
            let all = try SharedCacheTests.bytes(in: cache)
            #expect(try first.sluice("remote", "gc").output.contains("Would free 0 B"))
            // Everything is too old now; content goes with the next collection.
            let first1 = try first.sluice("remote", "gc", "--older-than", "0s", "--yes")
            #expect(first1.status == 0 && first1.output.contains("after the grace time"), "\(first1.output)")
            #expect(try SharedCacheTests.bytes(in: cache) > all / 2)
            // What is condemned is not relied on.
            #expect(try first.sluice("push").errors.contains("uploaded 4 results"))
            let freed = try first.sluice("remote", "gc", "--grace", "0s", "--yes")
            #expect(freed.status == 0, "\(freed.errors)")
            #expect(try first.sluice("remote", "verify").status == 0)
            try TestSupport.write("other\n", to: second.folder.appending("notes.txt"))
            #expect(try second.sluice("pull", "p.yaml").errors.contains("pulled 4 results"))
        }
    }
}
