import Files
import Glibc
import TestSupport
import Testing

/// Results shared through a web server on the loopback.
@Suite(.enabled(if: ["/usr/bin/curl", "/usr/local/bin/curl"].contains { FileSystem.exists(FilePath($0)) }))
struct WebCacheTests {
    private static let program = FilePath(#filePath).parent.parent.appending("remotes/web-server")

    /// A server, which serves `place/served`; `body` gets its port.
    private func withServer(in place: FilePath, _ settings: [String], body: (String) throws -> Void) throws {
        let port = place.appending("port")
        let server = try BuiltProgram(at: "/usr/bin/env").start(
            ["python3", Self.program.text, place.appending("served").text, port.text] + settings, in: place)
        defer {
            server.kill()
            _ = try? server.wait(seconds: 10)
        }
        for _ in 0..<1000 where !FileSystem.exists(port) { usleep(10_000) }
        try body(try read(port))
    }

    /// Two machines and a server; `served` is what the server has.
    private func withServer(
        _ settings: String..., scheme: String = "http", host: String = "127.0.0.1",
        body: (Workspace, Workspace, _ served: FilePath) throws -> Void
    ) throws {
        try withTemporaryFolder { place in
            try withServer(in: place, settings) { port in
                let address = "\(scheme)://\(host):\(port)/team/cache"
                let pipeline = SharedCacheTests.pipeline.replacing("file://CACHE", with: address)
                try SharedCacheTests.withTwo(pipeline) { first, second, _ in
                    try body(first, second, place.appending("served/team/cache"))
                }
            }
        }
    }

    /// Sets what the server of `served` does from now on; nil for what a server usually does.
    private func setMood(_ mood: String?, _ served: FilePath) throws {
        let path = served.parent.parent.parent.appending("mood")
        if let mood { try write(mood, to: path) } else { try FileSystem.removeFile(path) }
    }

    private static let impatient = ["SLUICE_REMOTE_PATIENCE": "1"]

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

    @Test func aTokenIsSentButNeverShown() throws {
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

    @Test func aReadOnlyServerIsEnoughToPull() throws {
        try withServer("readonly") { first, second, served in
            let outcome = try first.sluice("run", "p.yaml")
            #expect(outcome.status == 0 && outcome.errors.contains("has to allow PUT"), "\(outcome.errors)")
            // What a folder has, a server in front of it gives.
            try FileSystem.makeDirectories(served.parent)
            #expect(try first.sluice("push", "--to", "file://\(served)").status == 0)
            #expect(try second.run().names("cached").count == 4)
            let listed = try second.sluice("remote", "ls")
            #expect(
                listed.status == 2 && listed.errors.contains("cannot list its files"), "\(listed.errors)")
        }
    }

    @Test func anUnavailableOrBrokenServerFailsNoRun() throws {
        try withServer { first, second, served in
            try first.run()
            let above = served.parent.parent.parent
            for trouble in ["break", "refuse"] {
                try write("", to: above.appending(trouble))
                let outcome = try second.sluice("run", "p.yaml")
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.errors.contains("continues without this cache"), "\(outcome.errors)")
                try FileSystem.removeFile(above.appending(trouble))
                try FileSystem.removeTree(second.folder.appending("artifacts"))
            }
            try second.write(
                SharedCacheTests.pipeline.replacing("file://CACHE", with: "http://127.0.0.1:1/x"))
            let gone = try second.sluice("run", "p.yaml")
            #expect(
                gone.status == 0 && gone.errors.contains("continues without this cache"), "\(gone.errors)")
            // What cannot be reached is not tried, and waited for, once more after the run.
            #expect(gone.errors.contains("nothing was uploaded to"), "\(gone.errors)")
        }
    }

    /// Whatever a server does, the run continues, after a bounded wait and with a notice.
    @Test(
        .timeLimit(.minutes(3)),
        arguments: [
            ("silent", "slow"), ("dribble", "slow"), ("huge", "file size"), ("other", "is not a cache"),
            ("redirect", "redirects"), ("redirect file:///etc/passwd", "rotocol"),
        ])
    func serversThatBehaveStrangelyCostNoRun(_ mood: String, _ reason: String) throws {
        try withServer { first, second, served in
            try first.run()
            try setMood(mood, served)
            for command in ["run", "pull"] {
                let outcome = try second.sluice(command, "p.yaml", environment: Self.impatient)
                #expect(outcome.status == (command == "run" ? 0 : 1), "\(outcome.errors)")
                #expect(outcome.errors.contains("continues without this cache"), "\(outcome.errors)")
                #expect(outcome.errors.contains(reason), "\(outcome.errors)")
                try FileSystem.removeTree(second.folder.appending("artifacts"))
            }
            #expect(try first.sluice("push", environment: Self.impatient).status != 0)
            try setMood(nil, served)
            #expect(try second.run().names("cached").count == 4)
        }
    }

    @Test func aServerMaySendElsewhereButNoSecretsGoThere() throws {
        try withServer(host: "localhost") { first, second, served in
            try first.run()
            try withTemporaryFolder { place in
                try withServer(in: place, []) { port in
                    try FileSystem.rename(served.parent, to: place.appending("served/team"))
                    try setMood("redirect http://127.0.0.1:\(port)/", served)
                    let token = ["SLUICE_REMOTE_TOKEN": "s3cret"]
                    let outcome = try second.sluice("pull", "p.yaml", environment: token)
                    #expect(outcome.errors.contains("pulled 4 results"), "\(outcome.errors)")
                    let first = try requests(served)
                    let other = try read(place.appending("requests")).split(separator: "\n")
                    #expect(first.contains { $0.hasSuffix(" authorized") })
                    #expect(!other.isEmpty && !other.contains { $0.hasSuffix(" authorized") })
                }
            }
        }
    }

    @Test(.enabled(if: FileSystem.exists("/usr/bin/openssl")))
    func certificatesAreChecked() throws {
        try withTemporaryFolder { keys in
            let made = try BuiltProgram(at: "/usr/bin/openssl").run(
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "certificate",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                ], in: keys)
            try #require(made.status == 0, "\(made.errors)")
            let certificate = keys.appending("certificate").text
            try withServer(
                "certificate=\(certificate)", "key=\(keys.appending("key").text)", scheme: "https",
                host: "localhost"
            ) { first, second, _ in
                let refused = try first.sluice("run", "p.yaml")
                #expect(refused.status == 0 && refused.errors.contains("certificate"), "\(refused.errors)")
                // Who trusts the certificate uses the cache.
                let trusting = ["CURL_CA_BUNDLE": certificate]
                let pushed = try first.sluice("push", environment: trusting)
                #expect(
                    pushed.status == 0 && pushed.errors.contains("uploaded 4 results"), "\(pushed.errors)")
                #expect(try second.run("p.yaml", environment: trusting).names("cached").count == 4)
            }
        }
    }

    @Test func anInterruptedUploadStopsSoonAndResumesLater() throws {
        try withServer { first, second, served in
            try first.run("p.yaml", "--offline")
            try setMood("slow", served)
            let push = try BuiltProgram.sluice.start(["push"], in: first.folder)
            for _ in 0..<2000 where try !requests(served).contains(where: { $0.hasPrefix("PUT ") }) {
                usleep(10_000)
            }
            push.interrupt()
            let outcome = try push.wait(seconds: 60)
            #expect(outcome.status == 130 && !outcome.isTimedOut, "\(outcome.errors)")
            #expect(outcome.errors.contains("was interrupted; `sluice push` uploads"), "\(outcome.errors)")
            try setMood(nil, served)
            #expect(try second.sluice("pull", "p.yaml").errors.contains("pulled 0 results"))
            #expect(try first.sluice("push").errors.contains("uploaded 4 results"))
            #expect(try first.sluice("remote", "verify", "file://\(served)").status == 0)
            #expect(try second.sluice("pull", "p.yaml").errors.contains("pulled 4 results"))
        }
    }

    @Test func twoWritersDoNotHarmEachOther() throws {
        try withServer { first, second, served in
            try first.run("p.yaml", "--offline")
            // The same key for what is declared, and other discoveries.
            try write("other\n", to: second.folder.appending("notes.txt"))
            try second.run("p.yaml", "--offline")
            let pushes = try [first, second, first, second].map {
                try BuiltProgram.sluice.start(["push"], in: $0.folder)
            }
            for push in pushes {
                let outcome = try push.wait()
                #expect(outcome.status == 0, "\(outcome.isTimedOut) \(outcome.errors)")
            }
            #expect(try first.sluice("remote", "verify", "file://\(served)").status == 0)
            // An entry of the list of path sets may be lost; who has the result adds it again.
            for workspace in [first, second] { #expect(try workspace.sluice("push").status == 0) }
            for workspace in [first, second] {
                try FileSystem.removeTree(workspace.folder.appending("artifacts"))
                #expect(try workspace.sluice("pull", "p.yaml").errors.contains("pulled 4 results"))
            }
        }
    }
}
