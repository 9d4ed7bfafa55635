import Files
import Glibc
import TestSupport
import Testing

/// Results shared through a web server on the loopback.
@Suite(.enabled(if: ["/usr/bin/curl", "/usr/local/bin/curl"].contains { FileSystem.exists(FilePath($0)) }))
struct WebCacheTests {
    private static let program = FilePath(#filePath).parent.parent.appending("remotes/web-server")

    /// Two machines and a server; `served` is what the server has.
    private func withServer(
        _ settings: String..., body: (Workspace, Workspace, _ served: FilePath) throws -> Void
    ) throws {
        try withTemporaryFolder { place in
            let served = place.appending("served")
            let port = place.appending("port")
            let server = try BuiltProgram(at: "/usr/bin/env").start(
                ["python3", Self.program.text, served.text, port.text] + settings, in: place)
            defer {
                server.kill()
                _ = try? server.wait(seconds: 10)
            }
            for _ in 0..<1000 where !FileSystem.exists(port) { usleep(10_000) }
            let address = "http://127.0.0.1:\(try read(port))/team/cache"
            let pipeline = SharedCacheTests.pipeline.replacing("file://CACHE", with: address)
            try SharedCacheTests.withTwo(pipeline) { first, second, _ in
                try body(first, second, served.appending("team/cache"))
            }
        }
    }

    private func requests(_ served: FilePath) throws -> [String] {
        let log = served.parent.parent.parent.appending("requests")
        guard FileSystem.exists(log) else { return [] }
        return try read(log).split(separator: "\n").map(String.init)
    }

    @Test(arguments: ["ranges=yes", "ranges=no"])
    func whatOneMachineMadeTheOtherFinds(_ ranges: String) throws {
        try withServer(ranges) { first, second, served in
            let made = try first.run()
            #expect(made.names("ran").count == 4)
            #expect(FileSystem.exists(served.appending("format")))
            let sent = try requests(served).count
            let found = try second.run()
            #expect(found.names("cached").count == 4)
            #expect(found.digests == made.digests)
            #expect(try second.sluice("cache", "verify").status == 0)
            // Not one request for each chunk.
            #expect(try requests(served).count - sent < 40)
            let before = try requests(served).count
            try second.run()
            #expect(try requests(served).count == before, "nothing is asked if the store has all")
            // What is there already is relied on, and not sent again.
            try write("other\n", to: second.folder.appending("notes.txt"))
            let again = try second.sluice("run", "p.yaml")
            #expect(again.status == 0 && again.errors.contains("uploaded 1 result"), "\(again.errors)")
            #expect(
                try requests(served).dropFirst(before).contains { $0.hasPrefix("HEAD /team/cache/packs/") })
        }
    }

    @Test func aTokenIsSentAndShownToNobody() throws {
        try withServer("token=s3cret") { first, second, served in
            let denied = try first.sluice("run", "p.yaml")
            #expect(denied.status == 0 && denied.errors.contains("SLUICE_REMOTE_TOKEN"), "\(denied.errors)")
            let pushed = try first.sluice("push", environment: ["SLUICE_REMOTE_TOKEN": "s3cret"])
            #expect(pushed.status == 0, "\(pushed.errors)")
            #expect(!pushed.errors.contains("s3cret"))
            let pulled = try second.sluice("pull", "p.yaml", environment: ["SLUICE_REMOTE_TOKEN": "s3cret"])
            #expect(pulled.errors.contains("pulled 4 results"), "\(pulled.errors)")
        }
    }

    @Test func aServerThatOnlyGivesIsEnoughToPull() throws {
        try withServer("readonly") { first, second, served in
            let outcome = try first.sluice("run", "p.yaml")
            #expect(outcome.status == 0 && outcome.errors.contains("has to allow PUT"), "\(outcome.errors)")
            // What a folder has, a server in front of it gives.
            try FileSystem.makeDirectories(served.parent)
            #expect(try first.sluice("push", "--to", "file://\(served)").status == 0)
            #expect(try second.run().names("cached").count == 4)
            let listed = try second.sluice("remote", "ls")
            #expect(
                listed.status == 2 && listed.errors.contains("does not say what it has"), "\(listed.errors)")
        }
    }

    @Test func aServerThatIsGoneOrBrokenCostsNoRun() throws {
        try withServer { first, second, served in
            try first.run()
            let above = served.parent.parent.parent
            for trouble in ["break", "refuse"] {
                try write("", to: above.appending(trouble))
                let outcome = try second.sluice("run", "p.yaml")
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.errors.contains("goes on without this cache"), "\(outcome.errors)")
                try FileSystem.removeFile(above.appending(trouble))
                try FileSystem.removeTree(second.folder.appending("artifacts"))
            }
            try second.write(
                SharedCacheTests.pipeline.replacing("file://CACHE", with: "http://127.0.0.1:1/x"))
            let gone = try second.sluice("run", "p.yaml")
            #expect(gone.status == 0 && gone.errors.contains("goes on without this cache"), "\(gone.errors)")
        }
    }
}
