import Confinement
import Files
import TestSupport
import Testing

/// `Tests/incremental-clean` with 300 edits, in parts that run in parallel; anyone can run it with thousands.
@Test(.enabled(if: ConfinementSupport.ofThisKernel().notice == nil), arguments: 1...5)
func anIncrementalRunIsLikeACleanOne(seed: Int) throws {
    let script = FilePath(#filePath).parent.parent.appending("incremental-clean")
    // In memory if possible: what is published is synchronised with the disk, file by file.
    let memory = FilePath("/dev/shm")
    let isInMemory = (try? FileStatus(of: memory).kind) == .directory
    try withTemporaryFolder { folder in
        let running = try BuiltProgram(at: "/usr/bin/env").start(
            [
                "python3", script.text, "--edits", "60", "--projects", "5", "--seed", "\(seed)", "--sluice",
                BuiltProgram.sluice.path.text,
            ],
            in: folder, environment: ["TMPDIR": (isInMemory ? memory : folder).text])
        let outcome = try running.wait(seconds: 600)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("60 edits"), "\(outcome.output)")
        #expect(outcome.output.contains("no difference"), "\(outcome.output)")
    }
}
