import Digests
import Files
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Inputs by URL and digest.
@Suite(.enabled(if: ["/usr/bin/curl", "/usr/local/bin/curl"].contains { FileSystem.exists(FilePath($0)) }))
struct DownloadTests {
    /// A server on this machine; it counts requests, can send parts, and breaks off its first answer if asked to.
    private static let server = """
        import http.server, os, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with open("requests", "a") as log: log.write(self.path + " " + str(self.headers.get("Range")) + "\\n")
                try: content = open("served" + self.path, "rb").read()
                except OSError: return self.send_error(404)
                start = 0
                range = self.headers.get("Range")
                if range: start = int(range.split("=")[1].split("-")[0])
                self.send_response(206 if range else 200)
                if range: self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                if os.path.exists("break"):
                    os.remove("break")
                    self.wfile.write(content[start:start + 1000])
                    return
                self.wfile.write(content[start:])
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        open("port.part", "w").write(str(server.server_port))
        os.rename("port.part", "port")
        server.serve_forever()
        """

    private static let content = (0..<20_000).map { String($0) }.joined(separator: "\n")
    private static let digest = SHA256.digest(of: content).hexadecimal

    private func pipeline(_ url: String, _ digest: String = digest) -> String {
        """
        pipeline: p
        stages:
          size:
            run: wc -c < ${inputs.data} > ${outputs.o}
            inputs: { data: { url: "\(url)", sha256: "\(digest)" } }
            outputs: { o: o.txt }
        publish: { o.txt: size }
        """
    }

    private func withServer(_ body: (Workspace, _ address: String) throws -> Void) throws {
        try withWorkspace { workspace in
            try FileSystem.makeDirectories(workspace.folder.appending("served"))
            try write(Self.content, to: workspace.folder.appending("served/data.txt"))
            let server = try BuiltProgram(at: "/usr/bin/env").start(
                ["python3", "-c", Self.server], in: workspace.folder)
            defer {
                server.kill()
                _ = try? server.wait(seconds: 10)
            }
            let port = workspace.folder.appending("port")
            for _ in 0..<1000 where !FileSystem.exists(port) { usleep(10_000) }
            try body(workspace, "http://127.0.0.1:\(try read(port))/")
        }
    }

    @Test func aFileIsFetchedOnce() throws {
        try withServer { workspace, address in
            try workspace.write(pipeline(address + "data.txt"))
            #expect(try workspace.run().names("ran") == ["download:data.txt", "size"])
            #expect(
                try read(workspace.folder.appending("artifacts/out/p/o.txt"))
                    == "\(Self.content.utf8.count)\n")
            try workspace.write(pipeline(address + "elsewhere.txt"))
            #expect(try workspace.run().names("ran") == [])
            #expect(try workspace.lines(of: "requests").count == 1)
        }
    }

    @Test func anInterruptedDownloadContinues() throws {
        try withServer { workspace, address in
            try workspace.write(pipeline(address + "data.txt"))
            try write("", to: workspace.folder.appending("break"))
            #expect(try workspace.run().names("ran") == ["download:data.txt", "size"])
            #expect(try workspace.lines(of: "requests").last == "/data.txt bytes=1000-")
        }
    }

    @Test func differentContentIsAnError() throws {
        try withServer { workspace, address in
            let wrong = SHA256.digest(of: "other").hexadecimal
            try workspace.write(pipeline(address + "data.txt", wrong))
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(Self.digest), "\(outcome.errors)")
            #expect(outcome.errors.contains(wrong), "\(outcome.errors)")
        }
    }

    @Test func aMissingFileIsAnError() throws {
        try withServer { workspace, address in
            try workspace.write(pipeline(address + "none.txt"))
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("404"), "\(outcome.errors)")
        }
    }

    @Test func aLocalFileIsCopied() throws {
        try withWorkspace { workspace in
            let file = workspace.folder.appending("a b.txt")
            try write(Self.content, to: file)
            try workspace.write(pipeline("file://" + file.text.replacing(" ", with: "%20")))
            #expect(try workspace.run().names("ran") == ["download:a%20b.txt", "size"])
            try FileSystem.removeFile(file)
            #expect(try workspace.run().names("ran") == [])
        }
    }

    @Test func aURLNeedsItsDigest() throws {
        try withWorkspace(pipeline("https://example.org/x", "short")) { workspace in
            let outcome = try workspace.sluice("check", "p.yaml")
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("64 hexadecimal digits"), "\(outcome.errors)")
            try workspace.write(pipeline("ftp://example.org/x"))
            #expect(try workspace.sluice("check", "p.yaml").errors.contains("https://"))
        }
    }
}
