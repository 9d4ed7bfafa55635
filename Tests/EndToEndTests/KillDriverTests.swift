import Files
import TestSupport
import Testing

/// A short run of `Tests/kill-driver`, which anyone can run for hundreds of rounds.
@Test func nothingIsLostWhenProcessesAreKilled() throws {
    let script = FilePath(#filePath).parent.parent.appending("kill-driver")
    try withTemporaryFolder { folder in
        let running = try BuiltProgram(at: "/usr/bin/env").start(
            ["python3", script.text, "--rounds", "20", "--sluice", BuiltProgram.sluice.path.text], in: folder)
        let outcome = try running.wait(seconds: 300)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("20 rounds: killed "))
    }
}
