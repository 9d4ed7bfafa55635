import Confinement
import Files
import TestSupport
import Testing

/// `Tests/incremental-clean` with 300 edits, in parts that run in parallel; anyone can run it with thousands.
@Test(.enabled(if: ConfinementSupport.ofThisKernel().notice == nil), arguments: 1...5)
func anIncrementalRunIsLikeACleanOne(seed: Int) throws {
    _ = try editAtRandom(seed: seed, edits: 60, projects: 5)
}

/// One edit at a time, most of which do not change the pipeline file.
@Test(.enabled(if: ConfinementSupport.ofThisKernel().notice == nil), arguments: 6...7)
func aRunThatRemembersTheLastOneIsLikeACleanOne(seed: Int) throws {
    let output = try editAtRandom(seed: seed, edits: 40, projects: 1)
    #expect(!output.contains(" 0 runs repeated"), "\(output)")
}

private func editAtRandom(seed: Int, edits: Int, projects: Int) throws -> String {
    let script = FilePath(#filePath).parent.parent.appending("incremental-clean")
    // In memory if possible: what is published is synchronised with the disk, file by file.
    let memory = FilePath("/dev/shm")
    let isInMemory = (try? FileStatus(of: memory).kind) == .directory
    return try withTemporaryFolder { folder in
        let running = try BuiltProgram(at: "/usr/bin/env").start(
            [
                "python3", script.text, "--edits", "\(edits)", "--projects", "\(projects)", "--seed",
                "\(seed)", "--sluice", BuiltProgram.sluice.path.text,
            ],
            in: folder, environment: ["TMPDIR": (isInMemory ? memory : folder).text])
        let outcome = try running.wait(seconds: 600)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("\(edits) edits"), "\(outcome.output)")
        #expect(outcome.output.contains("no difference"), "\(outcome.output)")
        return outcome.output
    }
}
