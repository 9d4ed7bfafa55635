import Confinement
import Files
import TestSupport
import Testing

/// A short run of `Tests/incremental-clean`, which anyone can run for thousands of edits.
@Test(.enabled(if: ConfinementSupport.ofThisKernel().notice == nil))
func anIncrementalRunIsLikeACleanOne() throws {
    let script = FilePath(#filePath).parent.parent.appending("incremental-clean")
    try withTemporaryFolder { folder in
        let running = try BuiltProgram(at: "/usr/bin/env").start(
            [
                "python3", script.text, "--edits", "30", "--projects", "3", "--clean-every", "2", "--seed",
                "1", "--sluice",
                BuiltProgram.sluice.path.text,
            ],
            in: folder)
        let outcome = try running.wait(seconds: 600)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("no difference"), "\(outcome.output)")
    }
}
