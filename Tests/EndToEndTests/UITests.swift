import Files
import Glibc
import TestSupport
import Testing

/// `sluice ui`, asked with curl.
struct UITests {
    private static let curl = BuiltProgram(at: "/usr/bin/curl")
    private static let isPossible = FileSystem.exists("/usr/bin/curl")

    private static let pipeline = """
        pipeline: shown
        parameters: { n: 1 }
        stages:
          first: { run: "echo '<script>alert(1)</script>' ${n} | tee ${outputs.o}", outputs: { o: o.txt } }
          second: { run: "cp ${inputs.i} ${outputs.o}", inputs: { i: first }, outputs: { o: o.txt } }
        """

    /// What no page has for its path.
    private static let nowhere = [
        "secret.txt", "../secret.txt", "runs/../../../../etc/passwd", "runs/%2e%2e/%2e%2e/etc/passwd",
        "runs/2", "runs/01", "runs/-1", "runs/1/", "runs/1/state/x", "runs/99999999999999999999", "?a=b",
    ]

    /// Calls the program's server; `body` gets the URL, which ends with a slash, and what asks for one.
    private func withServer(
        _ workspace: Workspace,
        _ body: (_ url: String, _ get: (String, String...) throws -> String) throws -> Void
    ) throws {
        let running = try BuiltProgram.sluice.start(["ui"], in: workspace.folder)
        defer { running.kill() }
        for _ in 0..<1000 where !running.outputSoFar.hasSuffix("\n") { usleep(20_000) }
        let url = String(running.outputSoFar.prefix { $0 != "\n" })
        try #require(url.hasPrefix("http://127.0.0.1:") && url.hasSuffix("/"), "\(url)")
        // The status and the headers, then the body.
        try body(url) { (target: String, options: String...) in
            try Self.curl.run(
                ["-sS", "-i", "--path-as-is", "--max-time", "60"] + options + [target], in: "/"
            ).output
        }
        running.interrupt()
        let outcome = try running.wait()
        #expect(outcome.status == 0 && outcome.errors == "serving until Ctrl-C\n", "\(outcome.errors)")
    }

    @Test(.enabled(if: isPossible)) func runsAreShownAsTheyGoOn() throws {
        try withWorkspace(Self.pipeline) { workspace in
            #expect(try workspace.sluice("ui").status == 2)
            try workspace.run("p.yaml", "--name", "<i>")
            try withServer(workspace) { url, get in
                let list = try get(url)
                #expect(list.hasPrefix("HTTP/1.1 200 OK\r\n") && list.contains("<title>Runs"))
                #expect(
                    list.contains("runs/1\">1</a>") && list.contains("&lt;i&gt;") && !list.contains("<i>"))
                #expect(list.contains("Content-Security-Policy: default-src 'none'; style-src 'sha256-"))
                let page = try get(url + "runs/1")
                #expect(page.hasPrefix("HTTP/1.1 200") && page.contains("<h2 id=\"stages\">"))
                #expect(page.contains("All runs") && !page.contains("<script>alert"))
                let before = try get(url + "state")
                let state = try get(url + "runs/1/state")
                try workspace.run("p.yaml", "--set", "n=2")
                #expect(try get(url + "state") != before)
                #expect(try get(url + "runs/1/state") == state)
                #expect(try get(url).contains("runs/2\">2</a>"))
            }
        }
    }

    @Test(.enabled(if: isPossible)) func nothingElseIsShown() throws {
        try withWorkspace(Self.pipeline) { workspace in
            try workspace.run("p.yaml")
            try workspace.write("secret", to: "secret.txt")
            try withServer(workspace) { url, get in
                let root = String(url.dropLast(33))
                #expect(root.hasSuffix("/"))
                let wrong = url.hasSuffix("0/") ? "1/" : "0/"
                var targets = ["", "runs/1", "favicon.ico"].map { root + $0 }
                targets += [String(url.dropLast()), String(url.dropLast(2)) + wrong, root + url.dropFirst(7)]
                targets += Self.nowhere.map { url + $0 }
                for target in targets {
                    let answer = try get(target)
                    #expect(answer.hasPrefix("HTTP/1.1 404"), "\(target): \(answer.prefix(60))")
                    #expect(!answer.contains("secret"))
                }
                #expect(try get(url, "-H", "Host: evil.example").hasPrefix("HTTP/1.1 421"))
                #expect(try get(url, "-X", "POST", "-d", "x=y").hasPrefix("HTTP/1.1 405"))
                #expect(try get(url, "-X", "DELETE").hasPrefix("HTTP/1.1 405"))
                #expect(
                    try get(url, "-H", "X: " + String(repeating: "a", count: 9000)).hasPrefix("HTTP/1.1 431"))
                #expect(try get(url).hasPrefix("HTTP/1.1 200"))
            }
        }
    }
}
